"""Corners as they are given on a command line: x,y;x,y;x,y relative, 0 to 1."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent.vision.preprocess import Roi


def corners(ctx: click.Context, param: click.Parameter, value: str) -> "Roi":
    """The callback of an option --roi; raises click.BadParameter."""
    try:
        found = tuple(_corner(pair) for pair in value.split(";") if pair.strip())
    except ValueError as e:
        raise click.BadParameter(f"{value!r} is not x,y;x,y;x,y with numbers 0 to 1", ctx, param) from e
    if value and len(found) < 3:
        raise click.BadParameter(f"{value!r} has {len(found)} corners, not 3 or more", ctx, param)
    return found


def _corner(pair: str) -> tuple[float, float]:
    x, y = (float(v) for v in pair.split(","))
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ValueError(pair)
    return x, y
