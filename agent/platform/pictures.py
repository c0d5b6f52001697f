"""Pictures as a platform puts them together again: a manifest names files, chunks bring them. Pure.

Chunks may come twice, in any order, before their manifest, and after a pause; a file is whole when all its
bytes are there, and is believed only when its SHA-256 is the one that the manifest names.
"""

import hashlib
from typing import Any, Literal

import msgspec

_MOST_EARLY = 64  # chunks of a file that no manifest has named yet


class Named(msgspec.Struct):
    """What a manifest says of a file: `bytes` in all, in `chunks` of `chunkbytes` but for the last."""

    sha256: str
    kind: Literal["original", "overlay", "sheet"]
    bytes: int
    chunks: int
    chunkbytes: int


class Verified(msgspec.Struct, frozen=True):
    """A file that is whole and has the SHA-256 that was announced; of the record with this subject."""

    sha256: str
    kind: str
    subject: str
    content: bytes


class Collector:
    """The pictures of one vehicle; `verified` and `unsent` by SHA-256, `damaged` counts the others."""

    def __init__(self) -> None:
        self.verified: dict[str, Verified] = {}
        self.unsent: dict[str, str] = {}
        self.damaged = 0
        self._named: dict[str, tuple[Named, str]] = {}
        self._chunks: dict[str, dict[int, bytes]] = {}

    def manifest(self, body: dict[str, Any]) -> None:
        """A record of the topic `media`; a later one of the same file counts."""
        data = body.get("data") or {}
        if body.get("type") == "picture.unsent":
            self.unsent[str(data.get("sha256"))] = str(data.get("reason"))
        for file in body.get("files") or ():
            named = msgspec.convert({**file, "chunkbytes": body.get("chunkbytes")}, Named)
            before = self._named.get(named.sha256)
            if before and before[0].chunkbytes != named.chunkbytes:
                self._chunks.pop(named.sha256, None)  # cut in another way
            self._named[named.sha256] = named, str(body.get("subject"))
            self._complete(named.sha256)

    def chunk(self, sha256: str, index: int, payload: bytes) -> None:
        """A chunk of the topic `media/{sha256}/{index}`."""
        chunks = self._chunks.setdefault(sha256, {})
        if sha256 in self._named or len(chunks) < _MOST_EARLY:
            chunks[index] = payload
            self._complete(sha256)

    @property
    def missing(self) -> list[str]:
        """Files that were named, are not whole yet and may still come."""
        return [name for name in self._named if name not in self.verified and name not in self.unsent]

    def _complete(self, sha256: str) -> None:
        named, subject = self._named.get(sha256, (None, ""))
        chunks = self._chunks.get(sha256, {})
        if named is None or not set(range(named.chunks)) <= chunks.keys():
            return
        content = b"".join(chunks[index] for index in range(named.chunks))
        del self._chunks[sha256]
        if len(content) == named.bytes and hashlib.sha256(content).hexdigest() == sha256:
            self.verified[sha256] = Verified(sha256, named.kind, subject, content)
        else:
            self.damaged += 1


def chunk_of(rest: str) -> tuple[str, int] | None:
    """SHA-256 and index of a topic below the vehicle's, None if it is no chunk's."""
    levels = rest.split("/")
    is_chunk = len(levels) == 3 and levels[0] == "media" and levels[2].isdecimal()
    return (levels[1], int(levels[2])) if is_chunk else None
