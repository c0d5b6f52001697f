"""`haulwatch camera`: what the cameras see and what the model makes of it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.camera_capture import list_cameras, snapshot
from agent.cli.camera_health import health
from agent.cli.camera_roi import roi
from agent.cli.output import MISSING, json_option, print_json
from agent.cli.roi_option import corners

if TYPE_CHECKING:
    from agent.vision.judge import Judgement
    from agent.vision.preprocess import Roi


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--roi", callback=corners, default="", help="Corners of the bed: x,y;x,y;… relative, 0 to 1.")
@json_option
def classify(images: tuple[Path, ...], roi: "Roi", as_json: bool) -> None:
    """Judge the load in pictures; one line each."""
    import cv2

    from agent.vision.judge import Judge

    cv2.setNumThreads(1)
    judge = Judge.load(None)
    unreadable = 0
    for image in images:
        frame = cv2.imread(str(image), cv2.IMREAD_COLOR) if image.is_file() else None
        if frame is None:
            unreadable += 1
            click.echo(f"haulwatch: {image}: no readable picture; give a JPEG or PNG file", err=True)
            continue
        _show(image, judge.judge("", frame, roi), judge.model, as_json)
    if unreadable:
        raise SystemExit(MISSING)


def _show(image: Path, judgement: "Judgement", model: str, as_json: bool) -> None:
    import msgspec

    found = {"file": str(image), **msgspec.to_builtins(judgement)}
    found |= {"model": model, "teaching": found.pop("teaching")}
    if as_json:
        print_json(found)
        return
    p = " ".join(f"{c} {v:.2f}" for c, v in (found["p"] or {}).items()) or judgement.reason
    click.echo(f"{image}: {judgement.state} ({p}) model {model}")


camera = click.Group(
    "camera", commands=[list_cameras, snapshot, classify, health, roi], help="Cameras and the load model."
)
