"""`haulwatch camera classify`: what the model makes of pictures."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.output import MISSING, json_option, print_json
from agent.cli.roi_option import corners
from agent.errors import PlatformMissing

if TYPE_CHECKING:
    from agent.vision.judge import Judgement
    from agent.vision.preprocess import Picture, Roi


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--roi", callback=corners, default="", help="Corners of the bed: x,y;x,y;… relative, 0 to 1.")
@click.option("--teaching", type=click.Path(path_type=Path), help="A vehicle's taught pictures, a folder.")
@click.option("--camera", help="The camera of the teaching that took the pictures [the only one].")
@click.option("--model", type=click.Path(path_type=Path), help="The manifest of another model.")
@json_option
def classify(images: tuple[Path, ...], roi: "Roi", as_json: bool, **more: Any) -> None:
    """Judge the load in pictures; one line each."""
    from agent.vision.judge import Judge

    camera = taught_camera(more["teaching"], more["camera"]) if more["teaching"] else ""
    judge = Judge.load(more["model"], more["teaching"])
    unread = len(images)
    for file, frame in read_pictures(images):
        _show(file, judge.judge(camera, frame, roi), judge.model, as_json)
        unread -= 1
    if unread:
        raise SystemExit(MISSING)


def taught_camera(teaching: Path, camera: str | None) -> str:
    """The camera whose teaching is meant; raises PlatformMissing when none was taught, or several were."""
    from agent.vision.teaching import Teaching

    known = Teaching(teaching).cameras()
    if camera in known:
        return str(camera)
    where = f"teaching {teaching}"
    if not known:
        raise PlatformMissing("nothing was taught", where=where, remedy="see `haulwatch camera teach`")
    if camera is None and len(known) == 1:
        return known[0]
    what = "several cameras were taught" if camera is None else f"camera {camera} was not taught"
    raise PlatformMissing(what, where=where, remedy=f"give --camera; taught are: {', '.join(known)}")


def read_pictures(files: tuple[Path, ...]) -> "Iterator[tuple[Path, Picture]]":
    """The readable ones, BGR, one at a time; what can't be read is said on stderr."""
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    for file in files:
        frame = cv2.imread(str(file), cv2.IMREAD_COLOR) if file.is_file() else None
        if frame is None:
            click.echo(f"haulwatch: {file}: no readable picture; give a JPEG or PNG file", err=True)
        else:
            yield file, np.asarray(frame, np.uint8)


def _show(image: Path, judgement: "Judgement", model: str, as_json: bool) -> None:
    import msgspec

    found = {"file": str(image), **msgspec.to_builtins(judgement)}
    found |= {"model": model, "teaching": found.pop("teaching")}
    if as_json:
        print_json(found)
        return
    taught = f", teaching {judgement.teaching}" if judgement.teaching else ""
    click.echo(f"{image}: {spoken(judgement)} model {model}{taught}")


def spoken(judgement: "Judgement") -> str:
    """A judgement for people: the word and the probabilities, or why there are none."""
    import msgspec

    p = msgspec.to_builtins(judgement.p) or {}
    chances = " ".join(f"{c} {v:.2f}" for c, v in p.items()) or judgement.reason
    return f"{judgement.state} ({chances})"
