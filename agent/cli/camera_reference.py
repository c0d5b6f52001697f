"""Keeping a picture of a camera as what it sees when it is well mounted."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from drivers.errors import DeviceMissing

if TYPE_CHECKING:
    from drivers.camera.jpeg import Image


def keep_reference(image: "Image", folder: Path, name: str) -> None:
    """Store it for the vision process, which reads it when it starts; raises DeviceMissing."""
    from agent.vision.condition.reference import write_reference

    try:
        file = write_reference(image, folder, name)
    except OSError as e:
        raise DeviceMissing(
            f"cannot be written ({e.strerror or e})", where=str(folder), remedy="run as the daemon's user"
        ) from e
    click.echo(f"{file}: written; restart the daemon to use it", err=True)
