"""`haulwatch camera roi`: where the load space is in a picture; proposed, looked at, then written."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.camera_reference import keep_reference
from agent.cli.output import config_option, json_option, print_json
from agent.cli.roi_option import corners
from agent.shot import take
from drivers.errors import DeviceMissing

if TYPE_CHECKING:
    from agent.vision.preprocess import Roi
    from drivers.camera.jpeg import Image


@click.command()
@click.argument("name")
@click.option("--roi", callback=corners, default="", help="Corners of the bed: x,y;x,y;… relative, 0 to 1.")
@click.option("--propose", is_flag=True, help="Look for the corners in the picture.")
@click.option("--image", type=click.Path(path_type=Path), help="This picture instead of the camera's.")
@click.option("--output", type=click.Path(path_type=Path), help="Draw them into this JPEG [NAME-roi.jpg].")
@click.option("--confirm", is_flag=True, help="Write them into the configuration without asking.")
@config_option
@json_option
def roi(name: str, roi: "Roi", propose: bool, config: Path, as_json: bool, **more: Any) -> None:
    """Set the corners of the load space, with a picture to look at first.

    Asks before it writes; without a terminal it writes only with --confirm. A picture of the camera in which
    the corners were found is kept, too, as what it sees when it is well mounted.
    """
    from agent.config_edit import changed_entry, read
    from agent.config_file import load_config

    if propose == bool(roi):
        raise click.UsageError("give either --roi or --propose")
    old = read(config)
    found: dict[str, Any] = {"camera": name, "roi": roi, "sure": None, "picture": None}
    image = None
    if propose or more["image"]:
        image = _picture(name, config, more["image"])
        if propose:
            from agent.vision import rim

            proposal = rim.propose(image)
            found |= {"roi": proposal.roi, "sure": proposal.sure}
        found["picture"] = str(draw(image, found["roi"], more["output"] or Path(f"{name}-roi.jpg")))
    new = changed_entry(old, name, {"roi": [[x, y] for x, y in found["roi"]]}, str(config))
    found["written"] = new == old or (_agreed(found, confirm=more["confirm"]) and _write(config, old, new))
    if found["written"] and image is not None and more["image"] is None:
        keep_reference(image, load_config(config).vision.references, name)
    _show(found, as_json)


def _picture(name: str, config: Path, file: Path | None) -> "Image":
    import cv2

    cv2.setNumThreads(1)
    if file is None:
        return take(None, name, config, 15.0)[0].full()
    image: Image | None = cv2.imread(str(file), cv2.IMREAD_COLOR) if file.is_file() else None
    if image is None:
        raise DeviceMissing("no readable picture", where=str(file), remedy="give a JPEG or PNG file")
    return image


def draw(image: "Image", roi: "Roi", file: Path) -> Path:
    """Write a picture with the corners in it; raises DeviceMissing when the file can't be written."""
    import cv2

    from agent.vision.rim import drawn

    done, coded = cv2.imencode(".jpg", drawn(image, roi))
    try:
        file.write_bytes(coded.tobytes() if done else b"")
    except OSError as e:
        raise DeviceMissing(
            f"cannot be written ({e.strerror})", where=str(file), remedy="name another with --output"
        ) from e
    return file


def _agreed(found: dict[str, Any], *, confirm: bool) -> bool:
    """Whether a person has said yes."""
    if confirm:
        return True
    if not sys.stdin.isatty():
        return False
    look = f" (look at {found['picture']})" if found["picture"] else ""
    return click.confirm(f"{_text(found)}{look}: write it?", err=True)


def _write(config: Path, old: str, new: str) -> bool:
    from agent.config_edit import difference, replace

    backup = replace(config, new)
    click.echo(difference(old, new, str(config)), err=True, nl=False)
    click.echo(f"{config}: written; the old one is {backup}; restart the daemon", err=True)
    return True


def _text(found: dict[str, Any]) -> str:
    text = ";".join(f"{x:g},{y:g}" for x, y in found["roi"])
    sure = "" if found["sure"] is None else f", proposed, sure to {found['sure']:.0%}"
    return f"{found['camera']}: {text}{sure}"


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    state = "written" if found["written"] else "not written; look at the picture, then give --confirm"
    click.echo(f"{_text(found)}: {state}")
    if found["picture"]:
        click.echo(f"    drawn into {found['picture']}")
