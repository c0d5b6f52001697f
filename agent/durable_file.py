"""A file that is there as a whole, or as it was before, also after a power cut."""

import os
from pathlib import Path

from buffer.directory import sync_directory


def write_durable(file: Path, content: bytes, mode: int | None = None) -> None:
    """Have `content` in `file`, on disk on return, with these permission bits; raises OSError."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with part.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        if mode is not None:
            part.chmod(mode)
        part.replace(file)
        sync_directory(file.parent)
    except OSError:
        part.unlink(missing_ok=True)
        raise
