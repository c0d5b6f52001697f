"""A bundle as one file: a ZIP archive whose every byte follows from its files.

Files are stored uncompressed, sorted by name, with the date 1980-01-01 and mode 0644; no comment, no extra
field. So the same bundle has the same bytes everywhere, and an archive that was touched is not what `pack`
gives for its content. APPNOTE.TXT 6.3.10 describes the format.
"""

import io
import struct
import zipfile
import zlib
from pathlib import Path

from agent.errors import EvidenceError

Files = dict[str, bytes]
LARGEST = 512 * 1024 * 1024  # bytes of an archive, so that nobody's memory is filled
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_VERSION, _UNIX = 20, 3 << 8
_UTF8 = 0x800
_TIME, _DATE = 0, 0x21  # 1980-01-01 00:00
_MODE = (0o100644) << 16


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

    Raises EvidenceError when there is none or it can't be opened.
    """
    try:
        if path.is_dir() and not (path / "manifest.json").exists():
            raise EvidenceError("is no bundle", where=str(path), remedy="name the folder of manifest.json")
        if path.is_dir():
            found = sorted(f for f in path.rglob("*") if f.is_file())
            return {f.relative_to(path).as_posix(): f.read_bytes() for f in found}, True
        if path.stat().st_size > LARGEST:
            raise EvidenceError(f"has over {LARGEST} bytes", where=str(path), remedy="unpack it")
        content = path.read_bytes()
    except OSError as e:
        raise EvidenceError(
            f"cannot be read ({e.strerror})", where=str(path), remedy="name a bundle, or its folder"
        ) from e
    return _unpacked(path, content)


def _unpacked(path: Path, content: bytes) -> tuple[Files, bool]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(i.file_size for i in archive.infolist()) > LARGEST:
                raise EvidenceError("is too large unpacked", where=str(path), remedy="have it made anew")
            files = {i.filename: archive.read(i) for i in archive.infolist() if not i.is_dir()}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError) as e:
        raise EvidenceError(
            f"is no readable archive: it was altered or cut short ({e})",
            where=str(path),
            remedy="have it sent again",
        ) from e
    return files, pack(files) == content
