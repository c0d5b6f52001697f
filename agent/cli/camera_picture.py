"""The picture that was judged, above the reading in a terminal, or in a file."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.camera_roi import draw
from agent.vision.blocks import blocks

if TYPE_CHECKING:
    from rich.console import Console

    from agent.cli.camera_watcher import Watcher


@contextlib.contextmanager
def above(console: "Console", watcher: "Watcher") -> Iterator[Callable[[Any], None]]:
    """A screen that each line redraws, with the picture that it is of."""
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    with Live(console=console, auto_refresh=False, screen=True) as live:

        def shown(line: Any) -> None:
            image = watcher.frame.image if watcher.frame else None
            text = Text(str(line), no_wrap=True, overflow="ellipsis")
            if image is not None:
                picture = blocks(image, watcher.spec.roi, console.width, console.height - 2)
                live.update(Group(picture, text), refresh=True)

        yield shown


def into_file(watcher: "Watcher") -> Callable[[Any], None]:
    """Prints each line, and keeps the newest picture beside it under the camera's name."""
    path = Path(f"{watcher.spec.name}.jpg")

    def shown(line: Any) -> None:
        if watcher.frame:
            draw(watcher.frame.image, watcher.spec.roi, path)
        click.echo(f"{line}  {path}")

    return shown
