"""`haulwatch camera health`: what is wrong with a camera's pictures, with the figures it is judged by."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.camera_reference import keep_reference
from agent.cli.output import FINDINGS, FINE, MISSING, config_option, json_option, print_json
from agent.shot import take

if TYPE_CHECKING:
    from agent.config import Config
    from agent.vision.condition.limits import Thresholds
    from drivers.camera.jpeg import Image


@click.command()
@click.option("--camera", "name", help="A camera of the configuration.")
@click.option("--source", help="Device, URL, video file or picture folder.")
@click.option("--image", "images", multiple=True, type=click.Path(path_type=Path), help="A file; repeatable.")
@click.option("--reference", is_flag=True, help="Keep it as what --camera sees when well mounted.")
@click.option("--timeout", type=click.FloatRange(0.1), default=15.0, show_default=True, help="Seconds.")
@config_option
@json_option
@click.pass_context
def health(
    ctx: click.Context,
    /,
    name: str | None,
    images: tuple[Path, ...],
    config: Path,
    as_json: bool,
    **more: Any,
) -> None:
    """Look at a picture: is it dark, glaring, blocked, out of focus? With --camera ask the daemon, too.

    Dirty, moved and frozen take a drive; the running daemon knows of them. Exit code 1 for a fault.
    """
    chosen = [name is not None, more["source"] is not None, bool(images)]
    if sum(chosen) != 1 or (more["reference"] and name is None):
        raise click.UsageError("give one of --camera, --source, --image; --reference goes with --camera")
    pictures = _pictures(name, images, config, more)
    known = _config(config) if name else None
    shown = []
    for what, image in pictures:
        found = _judged(what, image, known)
        found["daemon"] = _of_daemon(known, name) if known and name else None
        shown.append(found)
        _show(found, as_json)
        if more["reference"] and known and name:
            keep_reference(image, known.vision.references, name)
    faulty = any(f["faults"] or (f["daemon"] or {}).get("faults") for f in shown)
    ctx.exit(MISSING if len(shown) < len(images) else FINDINGS if faulty else FINE)


def _pictures(
    name: str | None, images: tuple[Path, ...], config: Path, more: dict[str, Any]
) -> "list[tuple[str, Image]]":
    import cv2

    cv2.setNumThreads(1)
    if not images:
        frame, camera = take(more["source"], name, config, more["timeout"])
        return [(name or camera.shown, frame.full())]
    read = []
    for file in images:
        image = cv2.imread(str(file), cv2.IMREAD_COLOR) if file.is_file() else None
        if image is None:
            click.echo(f"haulwatch: {file}: no readable picture; give a JPEG or PNG file", err=True)
        else:
            read.append((str(file), image))
    return read


def _config(path: Path) -> "Config":
    from agent.config_file import load_config

    return load_config(path)


def _limits(known: "Config | None") -> "Thresholds":
    from agent.vision.condition.limits import Thresholds

    return known.vision.health if known else Thresholds()


def _judged(what: str, image: "Image", known: "Config | None") -> dict[str, Any]:
    """The figures of one picture, each with its threshold, and the faults it shows alone."""
    from agent.vision.condition.measures import look, small
    from agent.vision.condition.verdict import FULL, at_once

    limits = _limits(known)
    seen = look(small(image))
    figures = {
        "bright": (round(seen.bright, 1), limits.dark_grey, "grey, 95 % are darker; dark below"),
        "white": (round(seen.white, 3), limits.white_share, "share of white; glare above"),
        "mean": (round(seen.mean, 1), FULL, "mean grey; glare above"),
        "spread": (
            round(seen.spread, 1),
            limits.spread_grey,
            "grey between tiles; blocked below",
        ),
        "acuity": (
            None if seen.acuity is None else round(seen.acuity, 3),
            limits.acuity,
            "rise of the sharpest edges; defocused below",
        ),
    }
    return {
        "picture": what,
        "faults": list(at_once(seen, limits)),
        "figures": {k: {"value": v, "threshold": t, "what": text} for k, (v, t, text) in figures.items()},
    }


def _of_daemon(known: "Config", name: str) -> dict[str, Any] | None:
    """What the running daemon knows of the camera; None when it does not run."""
    from agent.errors import PlatformMissing
    from agent.local_socket import ask

    try:
        status = ask(known.status.socket, {"ask": "status"})
    except PlatformMissing:
        return None
    seen = status["cameras"].get(name)
    if seen is None:
        return None
    blind = status["blind"].get(name, {})
    return {"faults": seen["faults"], "unchanged_s": seen["unchanged_s"], "blind_s": blind.get("blind_s")}


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['picture']}: {', '.join(found['faults']) or 'nothing wrong in this picture'}")
    for key, figure in found["figures"].items():
        value = "-" if figure["value"] is None else f"{figure['value']:g}"
        click.echo(f"    {key:7} {value:>7}  ({figure['threshold']:g}: {figure['what']})")
    for fault in (found["daemon"] or {}).get("faults", []):
        click.echo(f"    daemon: {fault['kind']}: {fault['why']}")
    if found["daemon"] and found["daemon"]["blind_s"]:
        click.echo(f"    daemon: blind for {found['daemon']['blind_s'] / 60:.1f} min of this shift or day")
