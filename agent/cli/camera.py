"""`haulwatch camera`: what the cameras see and what the model makes of it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.camera_capture import list_cameras, snapshot
from agent.cli.output import MISSING, json_option, print_json

if TYPE_CHECKING:
    from agent.vision.judge import Judgement
    from agent.vision.preprocess import Roi


def _corners(ctx: click.Context, param: click.Parameter, value: str) -> "Roi":
    try:
        corners = tuple(_corner(pair) for pair in value.split(";") if pair.strip())
    except ValueError as e:
        raise click.BadParameter(f"{value!r} is not x,y;x,y;x,y with numbers 0 to 1", ctx, param) from e
    if value and len(corners) < 3:
        raise click.BadParameter(f"{value!r} has {len(corners)} corners, not 3 or more", ctx, param)
    return corners


def _corner(pair: str) -> tuple[float, float]:
    x, y = (float(v) for v in pair.split(","))
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ValueError(pair)
    return x, y


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--roi", callback=_corners, default="", help="Corners of the bed: x,y;x,y;… relative, 0 to 1.")
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
    "camera", commands=[list_cameras, snapshot, classify], help="Cameras and the load model."
)
