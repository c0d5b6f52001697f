"""The pictures' files as they are sent: checked once as a whole, then read chunk by chunk."""

import hashlib
import logging
from pathlib import Path

from agent.pictures.files import path_of
from agent.uplink.media.plan import Sheet

log = logging.getLogger(__name__)
_PIECE = 65536


class NotThere(Exception):  # noqa: N818 - reads as what happened
    """A file cannot be sent: `reason` is gone, damaged or unreadable, or a word of asking.ask."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Shelf:
    """The folder of pictures under `root`, and that of signed `sheets`, SHA256.html each."""

    def __init__(self, root: Path, sheets: Path | None = None) -> None:
        self._root, self._sheets = root, sheets or root / "sheets"

    def check(self, sheet: Sheet) -> None:
        """Raises NotThere unless the file is there with the very bytes that were recorded."""
        seen, length = hashlib.sha256(), 0
        try:
            with self.path(sheet).open("rb") as file:
                while piece := file.read(_PIECE):
                    seen.update(piece)
                    length += len(piece)
        except OSError as e:
            raise self._fault(sheet, e) from e
        if (seen.hexdigest(), length) != (sheet.sha256, sheet.bytes):
            raise NotThere("damaged")

    def chunk(self, sheet: Sheet, index: int, size: int) -> bytes:
        """The chunk with this index; raises NotThere."""
        try:
            with self.path(sheet).open("rb") as file:
                file.seek(index * size)
                found = file.read(size)
        except OSError as e:
            raise self._fault(sheet, e) from e
        if len(found) != min(size, sheet.bytes - index * size):
            raise NotThere("damaged")
        return found

    def has(self, sheet: Sheet) -> bool:
        """Whether there is a file."""
        return self.path(sheet).exists()

    def path(self, sheet: Sheet) -> Path:
        """Where a file lies."""
        if sheet.kind == "sheet" or sheet.group is None:
            return self._sheets / f"{sheet.sha256}.html"
        return path_of(self._root, sheet.group, sheet.subject, sheet.sha256, sheet.kind)

    def _fault(self, sheet: Sheet, error: OSError) -> NotThere:
        if isinstance(error, FileNotFoundError):
            return NotThere("gone")
        log.error("%s: cannot be read: %s", self.path(sheet), error)
        return NotThere("unreadable")
