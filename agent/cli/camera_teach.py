"""`haulwatch camera teach`: confirmed pictures of this vehicle's bed, so that its camera is judged better."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from agent.cli.camera_classify import read_pictures, spoken
from agent.cli.output import CONFIG, FINDINGS, MISSING, config_option, json_option, print_json
from agent.cli.roi_option import corners
from agent.errors import ConfigError, PlatformMissing
from agent.shot import take

if TYPE_CHECKING:
    from agent.config import Config
    from agent.vision.judge import Judge
    from agent.vision.preprocess import Picture, Roi
    from agent.vision.teaching import TaughtState

_STATES = ("empty", "covered", "uncovered")
_ALL = "all"


class Place(msgspec.Struct, frozen=True):
    """Whose pictures go where: the camera, the corners of its bed, the folder, the model's manifest."""

    camera: str
    roi: "Roi"
    folder: Path
    model: Path | None


@click.command()
@click.argument("state", required=False, type=click.Choice(_STATES))
@click.argument("images", nargs=-1, type=click.Path(path_type=Path))
@click.option("--camera", help="The camera that took them, or is to take them [the only body camera].")
@click.option("--teaching", type=click.Path(path_type=Path), help="The folder [the configuration's].")
@click.option("--roi", callback=corners, default="", help="Corners of the bed [the configuration's].")
@click.option("--count", type=click.IntRange(1, 40), default=5, show_default=True, help="Frames to take.")
@click.option("--every", type=click.FloatRange(0), default=2.0, show_default=True, help="Seconds between.")
@click.option("--yes", is_flag=True, help="Keep frames without asking.")
@click.option("--show", is_flag=True, help="Say what was taught.")
@click.option("--forget", is_flag=False, flag_value=_ALL, type=click.Choice((*_STATES, _ALL)))
@config_option
@json_option
def teach(state: "TaughtState | None", images: tuple[Path, ...], as_json: bool, **more: Any) -> None:
    """Keep pictures of the bed that you have seen to be STATE.

    They are the IMAGES, or frames taken now, which are shown before they are kept. A few of each state, by
    day and by night, are enough. The running daemon uses them at once.
    """
    if (state is None) == (not more["show"] and more["forget"] is None):
        raise click.UsageError("give a STATE, --show or --forget")
    place = _place(more)
    if more["forget"]:
        _forget(place, more["forget"], as_json)
    elif more["show"]:
        _show(place, as_json)
    elif state:
        _teach(place, state, images, as_json, more)


def _place(more: dict[str, Any]) -> Place:
    """From the configuration, as far as the options don't say; without one they must."""
    config = read_config(more["config"], needed=more["teaching"] is None)
    known = {c.name: c for c in config.cameras if c.role == "body"} if config else {}
    name = more["camera"] or (next(iter(known)) if len(known) == 1 else None)
    if name is None and len(known) > 1:
        raise click.UsageError(f"give --camera; known are: {', '.join(known)}")
    if name and config and name not in known:
        what = f"has no body camera {name!r}"
        raise ConfigError(what, where=str(more["config"]), remedy=f"known are: {', '.join(known) or 'none'}")
    return Place(
        camera=name or "body",
        roi=more["roi"] or (known[name].roi if name in known else ()),
        folder=more["teaching"] or (config.vision.teaching if config else Path()),
        model=config.vision.model if config else None,
    )


def read_config(path: Path, *, needed: bool) -> "Config | None":
    """The configuration; None when the usual one is absent and can be done without."""
    from agent.config_file import load_config

    return None if path == CONFIG and not path.exists() and not needed else load_config(path)


def _teach(
    place: Place, state: "TaughtState", images: tuple[Path, ...], as_json: bool, more: dict[str, Any]
) -> None:
    from agent.vision.judge import Judge

    judge = Judge.load(place.model, place.folder)
    pictures = read_pictures(images) if images else _frames(place, judge, state, more, as_json)
    taken = [_keep(judge, place, state, str(name), picture) for name, picture in pictures]
    taught = judge.taught(place.camera)
    doubtful = [str(crop.file) for crop in taught.doubtful()] if taught else []
    for found, picture in taken:
        after = judge.judge(place.camera, picture, place.roi)
        found |= {"after": msgspec.to_builtins(after), "doubtful": found["kept"] in doubtful}
        _tell(found, as_json)
    if taught and taught.missing and not as_json:
        click.echo(_still(taught.missing))
    if len(taken) < len(images):
        raise SystemExit(MISSING)
    if any(found["kept"] is None for found, _ in taken):
        raise SystemExit(FINDINGS)


def _frames(
    place: Place, judge: "Judge", state: str, more: dict[str, Any], as_json: bool
) -> "Iterator[tuple[str, Picture]]":
    """Frames of the camera, each shown and confirmed where somebody looks on."""
    asks = sys.stdout.isatty() and sys.stdin.isatty() and not as_json and not more["yes"]
    for number in range(1, more["count"] + 1):
        if number > 1:
            threading.Event().wait(more["every"])
        picture = take(None, place.camera, more["config"], 15.0)[0].full()
        if not asks or _confirmed(place, judge, state, picture):
            yield f"{place.camera} {number}", picture


def _confirmed(place: Place, judge: "Judge", state: str, picture: "Picture") -> bool:
    from agent.cli.picture_text import as_text
    from agent.vision.preprocess import crop_bed

    click.echo(as_text(crop_bed(picture, place.roi)))
    click.echo(f"the model says {spoken(judge.judge(place.camera, picture, place.roi))}")
    return click.confirm(f"Keep it as {state}?", default=True)


def _keep(
    judge: "Judge", place: Place, state: "TaughtState", name: str, picture: "Picture"
) -> "tuple[dict[str, Any], Picture]":
    """Keep one picture unless nobody could judge it; what is to be told of it, so far."""
    from agent.vision.teaching import Teaching

    before = judge.judge(place.camera, picture, place.roi)
    kept, reason = None, before.reason
    if before.usable:
        try:
            kept = str(Teaching(place.folder).keep(place.camera, state, picture, place.roi).file)
        except ValueError as e:
            reason = str(e)
        except OSError as e:
            raise _unwritable(place.folder, e) from e
    found = {"file": name, "camera": place.camera, "taught": state, "kept": kept, "reason": reason}
    return found | {"before": msgspec.to_builtins(before)}, picture


def _tell(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    before, after = (_brief(found[when], found["taught"]) for when in ("before", "after"))
    if found["kept"] is None:
        click.echo(f"{found['file']}: not kept: {found['reason']}")
        return
    click.echo(f"{found['file']}: kept as {found['taught']}; the model said {before}, now says {after}")
    if found["doubtful"]:
        click.echo(_doubt(found["kept"]))


def _doubt(file: str) -> str:
    return f"    the model and the other pictures speak against {file}: look at it, delete it if it is wrong"


def _still(missing: list[str]) -> str:
    return f"    teach {' and '.join(missing)} too: until all states are taught, little is corrected"


def _brief(judgement: dict[str, Any], taught: str) -> str:
    p = judgement["p"]
    return f"{judgement['state']} ({taught} {p[taught]:.2f})" if p else str(judgement["state"])


def _show(place: Place, as_json: bool) -> None:
    """One line per camera, with the pictures that all else speaks against."""
    from agent.vision.judge import Judge
    from agent.vision.teaching import Teaching

    judge = Judge.load(place.model, place.folder)
    known = Teaching(place.folder).cameras()
    for camera in known:
        taught = judge.taught(camera)
        crops = taught.crops if taught else ()
        counts = {state: len([c for c in crops if c.state == state]) for state in _STATES}
        doubtful = [str(crop.file) for crop in taught.doubtful()] if taught else []
        version = taught.version if taught else None
        if as_json:
            found = {"camera": camera, "teaching": version, "pictures": counts}
            print_json(found | {"missing": taught.missing if taught else [], "doubtful": doubtful})
            continue
        words = ", ".join(f"{count} {state}" for state, count in counts.items())
        click.echo(f"{camera}: {words}; version {version}, in {place.folder / camera}")
        for file in doubtful:
            click.echo(_doubt(file))
        if taught and taught.missing:
            click.echo(_still(taught.missing))
    if not known and not as_json:
        click.echo(f"nothing was taught yet in {place.folder}")


def _forget(place: Place, state: str, as_json: bool) -> None:
    from agent.vision.teaching import Teaching

    try:
        count = Teaching(place.folder).forget(place.camera, None if state == _ALL else state)  # type: ignore[arg-type]  # click checked it
    except OSError as e:
        raise _unwritable(place.folder, e) from e
    if as_json:
        print_json({"camera": place.camera, "forgotten": count})
    else:
        click.echo(f"{place.camera}: {count} pictures forgotten")


def _unwritable(folder: Path, error: OSError) -> PlatformMissing:
    what = f"cannot be written ({error.strerror or error})"
    return PlatformMissing(what, where=str(folder), remedy="run as the daemon's user, or give --teaching")
