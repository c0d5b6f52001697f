"""The folder of a commissioning beside the journal: its state, its pictures, the signed sheets.

Nobody but the unit's account and its group reads it. What root writes there belongs to the folder's owner.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from agent.commission.state import Run
from agent.durable_file import write_durable
from agent.errors import EvidenceError

_MODE, _FOLDER_MODE = 0o640, 0o750
_KEPT = 10  # sheets


class Store:
    """`state` is the folder of the unit's state, which is there already; raises EvidenceError."""

    def __init__(self, state: Path) -> None:
        self._state, self.folder = state, state / "commission"
        self.sheets, self._pictures = self.folder / "sheets", self.folder / "pictures"

    @contextmanager
    def held(self) -> Iterator["Store"]:
        """For this process alone."""
        with self._told():
            for folder in (self.folder, self.sheets, self._pictures):
                if not folder.is_dir():
                    folder.mkdir(mode=_FOLDER_MODE)
                    self._own(folder)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, _MODE)
            self._own(self.folder / "lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            os.close(lock)
            remedy = "go on there, or end it"
            raise EvidenceError(
                "another commissioning is under way", where=str(self.folder), remedy=remedy
            ) from e
        try:
            yield self
        finally:
            os.close(lock)

    def load(self, vehicle: str) -> Run:
        """What was done so far of this vehicle; a state that can't be read is set aside."""
        file = self.folder / "state.json"
        try:
            run = msgspec.json.decode(file.read_bytes(), type=Run)
        except FileNotFoundError:
            return Run(vehicle)
        except (OSError, msgspec.MsgspecError):
            with self._told():
                file.replace(file.with_suffix(".unreadable"))
            return Run(vehicle)
        return run if run.vehicle == vehicle else Run(vehicle)

    def save(self, run: Run) -> None:
        """Keep it; whole, on disk on return.

        Pictures that no step shows any more go; those as the cameras gave them when the sheet is made.
        """
        self._write(self.folder / "state.json", msgspec.json.encode(run))
        shots = [shot for done in run.steps.values() for shot in done.measured.shots]
        named = {self.picture(shot.sha256) for shot in shots}
        named |= {self.local(shot.camera, shot.what) for shot in shots} if run.sheet is None else set()
        for file in self._pictures.glob("*.jpg"):
            if file not in named:
                file.unlink(missing_ok=True)

    def keep_picture(self, jpeg: bytes) -> str:
        """Keep a picture for the sheet; its SHA-256."""
        sha256 = hashlib.sha256(jpeg).hexdigest()
        self._write(self.picture(sha256), jpeg)
        return sha256

    def show(self, camera: str, what: str, jpeg: bytes) -> Path:
        """Put a picture there for whoever is here; its file."""
        self._write(self.local(camera, what), jpeg)
        return self.local(camera, what)

    def local(self, camera: str, what: str) -> Path:
        """Where a picture lies as the camera gave it."""
        return self._pictures / f"{camera}-{what}.jpg"

    def picture(self, sha256: str) -> Path:
        """Where a picture lies."""
        return self._pictures / f"{sha256}.jpg"

    def keep_sheet(self, content: bytes) -> Path:
        """Keep a signed sheet; of earlier ones the newest stay."""
        file = self.sheet(hashlib.sha256(content).hexdigest())
        self._write(file, content)
        self._write(self.newest, content)
        for old in sorted(self.sheets.glob("*.html"), key=lambda f: -f.stat().st_mtime_ns)[_KEPT:]:
            old.unlink(missing_ok=True)
        return file

    @property
    def newest(self) -> Path:
        """The newest sheet once more, under a name that is easy to type."""
        return self.folder / "sheet.html"

    def sheet(self, sha256: str) -> Path:
        """Where a sheet lies."""
        return self.sheets / f"{sha256}.html"

    def _write(self, file: Path, content: bytes) -> None:
        with self._told():
            write_durable(file, content, _MODE)
            self._own(file)

    def _own(self, made: Path) -> None:
        if os.geteuid() == 0:
            owner = self._state.stat()
            os.chown(made, owner.st_uid, owner.st_gid)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as e:
            raise EvidenceError(
                f"cannot be written ({e.strerror})",
                where=str(e.filename or self.folder),
                remedy="run as root or as the service's account; start the service once",
            ) from e
