"""A bundle as one file: a ZIP archive whose every byte follows from its files.

Files are stored uncompressed, sorted by name, with the date 1980-01-01 and mode 0644; no comment, no extra
field. So the same bundle has the same bytes everywhere, and an archive that was touched is not what `pack`
gives for its content. APPNOTE.TXT 6.3.10 describes the format.
"""

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

from agent.errors import EvidenceError, NoEvidenceError

Files = dict[str, bytes]
LARGEST = 512 * 1024 * 1024  # bytes of an archive, so that nobody's memory is filled
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_VERSION, _UNIX = 20, 3 << 8
_UTF8 = 0x800
_TIME, _DATE = 0, 0x21  # 1980-01-01 00:00
_MODE = (0o100644) << 16
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def pack(files: Files) -> bytes:
    """The archive's bytes."""
    body, directory = bytearray(), bytearray()
    for name, content in sorted(files.items()):
        raw, crc, size = name.encode(), zlib.crc32(content), len(content)
        same = (_UTF8, 0, _TIME, _DATE, crc, size, size, len(raw), 0)
        central = (b"PK\1\2", _VERSION | _UNIX, _VERSION, *same, 0, 0, 0, _MODE, len(body))
        directory += _CENTRAL.pack(*central) + raw
        body += _LOCAL.pack(b"PK\3\4", _VERSION, *same) + raw + content
    end = _END.pack(b"PK\5\6", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return bytes(body + directory + end)


def read(path: Path) -> tuple[Files, bool]:
    """The files of a bundle, archive or folder; whether the archive is as `pack` makes it.

    Raises NoEvidenceError when there is none to look at, EvidenceError when it can't be opened.
    """
    try:
        if path.is_dir():
            if not (path / "manifest.json").exists():
                raise NoEvidenceError(
                    "is no bundle", where=str(path), remedy="name the folder of manifest.json"
                )
            return _inside(path), True
        content = _bounded(path, LARGEST)
    except OSError as e:
        raise NoEvidenceError(
            f"cannot be read ({e.strerror})", where=str(path), remedy="name a bundle, or its folder"
        ) from e
    return _unpacked(path, content)


def _bounded(path: Path, room: int) -> bytes:
    """Not by the size that it says: a device says 0."""
    with path.open("rb") as file:
        content = file.read(room + 1)
    if len(content) > room:
        raise NoEvidenceError(f"has over {room} bytes", where=str(path), remedy="name a bundle")
    return content


def _inside(folder: Path) -> Files:
    """What is neither file nor folder, a pipe for example, counts as an empty file, so that it is named."""
    files: Files = {}
    room = LARGEST
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        name = os.fsencode(path.relative_to(folder).as_posix()).decode(errors="backslashreplace")
        files[name] = _bounded(path, room) if path.is_file() else b""
        room -= len(files[name])
    return files


def _unpacked(path: Path, content: bytes) -> tuple[Files, bool]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            listed = archive.infolist()
            if sum(i.file_size for i in listed) > LARGEST:
                raise EvidenceError("is too large unpacked", where=str(path), remedy="have it made anew")
            if any(i.compress_type not in _PLAIN or not i.filename for i in listed):
                raise EvidenceError(
                    "is packed in another way", where=str(path), remedy="unpack it, and verify the folder"
                )
            files = {i.filename: archive.read(i) for i in listed if not i.is_dir()}
        return files, pack(files) == content
    except (
        zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, struct.error
    ) as e:  # fmt: skip
        raise EvidenceError(
            f"is no readable archive: it was altered or cut short ({e})",
            where=str(path),
            remedy="have it sent again",
        ) from e
