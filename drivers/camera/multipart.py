"""Pictures out of multipart/x-mixed-replace (HTTP-MJPEG), as bytes come. Pure.

Cameras keep the format (RFC 2046, 5.1) badly: a boundary other than announced, with more or fewer dashes, no
Content-Length or a wrong one, damaged part headers, parts that end in their middle. So a part is known by
what it holds. A JPEG begins with FF D8 FF; behind its first scan FF D9 ends it, and FF D8 cannot occur,
since a scan's own FF is followed by 00 or a restart marker (ITU-T T.81, B.1.1.5). An announced length is
taken where what it spans begins and ends as a JPEG does.
"""

import re

_BEGIN, _END, _SCAN = b"\xff\xd8\xff", b"\xff\xd9", b"\xff\xda"
_BARE = frozenset((0x00, 0x01, *range(0xD0, 0xDA)))  # markers without a length, and what is none
_LENGTH = re.compile(rb"(?im)^content-length[ \t]*:[ \t]*(\d{1,10})[ \t]*\r?$")
_PADDING = b"\0\r\n"
_HEAD_LIMIT = 65_536
LIMIT = 16_000_000


class Parts:
    """Cuts the JPEGs out of the body of a response; `damaged` counts those that were begun and not ended.

    `boundary` as the response's header names it, None for none. A part may have `limit` bytes at most.
    """

    def __init__(self, boundary: str | None = None, limit: int = LIMIT) -> None:
        bare = (boundary or "").strip('"').lstrip("-").encode("latin-1", "replace")
        self._line = b"\n--" + bare if bare else None
        self._overlap = max(4, len(bare) + 3)  # what may lie across two chunks
        self._limit = limit
        self._buffer = bytearray()
        self._inside = False  # of a part: the buffer then begins with _BEGIN
        self._length: int | None = None
        self._looked = 0  # up to here the buffer holds nothing that ends the part
        self._scan = 0  # where the first scan's header is, 0 while unknown
        self.damaged = 0

    @property
    def held(self) -> int:
        """How many bytes wait for more."""
        return len(self._buffer)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The JPEGs that are whole now."""
        self._buffer += chunk
        found: list[bytes] = []
        while self._enter() and self._leave(found):
            pass
        return found

    def _enter(self) -> bool:
        """Find the beginning of a JPEG; False when more bytes are needed."""
        if self._inside:
            return True
        at = self._buffer.find(_BEGIN)
        if at < 0:
            if len(self._buffer) > _HEAD_LIMIT:
                del self._buffer[: -_HEAD_LIMIT // 2]
            return False
        lengths = _LENGTH.findall(self._buffer, 0, at)
        del self._buffer[:at]
        length = int(lengths[-1]) if lengths else None
        self._begin(length if length is not None and length <= self._limit else None)
        return True

    def _begin(self, length: int | None) -> None:
        self._inside, self._length = True, length
        self._looked, self._scan = len(_BEGIN), 0

    def _leave(self, found: list[bytes]) -> bool:
        """Find the end of the part; False when more bytes are needed."""
        if self._length is not None:
            return self._leave_by_length(self._length, found)
        return self._leave_by_content(found)

    def _leave_by_length(self, length: int, found: list[bytes]) -> bool:
        until = min(length, len(self._buffer))
        edge = self._edge(until)
        whole = len(self._buffer) >= length
        if edge is None and not whole and (scan := self._find_scan()):
            again = self._buffer.find(_BEGIN, max(scan, self._looked))
            edge = again if again >= 0 else None
        if edge is None and not whole:
            self._looked = max(len(_BEGIN), len(self._buffer) - self._overlap)
            return False
        if edge is None and bytes(self._buffer[max(0, length - 64) : length]).rstrip(_PADDING).endswith(_END):
            self._take(length, found)
        else:
            self._begin(None)  # the length was wrong: look at what there is
        return True

    def _leave_by_content(self, found: list[bytes]) -> bool:
        scan = self._find_scan()
        end = self._buffer.find(_END, max(scan, self._looked)) if scan else -1
        again = self._buffer.find(_BEGIN, max(scan, self._looked)) if scan else -1
        edge = self._edge(len(self._buffer))
        stops = [stop for stop in (again, -1 if edge is None else edge) if stop >= 0]
        if end >= 0 and all(end < stop for stop in stops):
            self._take(end + len(_END), found)
            return True
        if stops or len(self._buffer) > self._limit:
            self._drop(min(stops, default=len(_BEGIN)))
            return True
        if scan:
            self._looked = max(scan, self._looked, len(self._buffer) - self._overlap)
        return False

    def _find_scan(self) -> int:
        """Walk the segments to the first scan; 0 while it has not come, the walk's end when it goes astray.

        A segment may hold another JPEG, as EXIF's does, so it is stepped over rather than searched.
        """
        buffer, at = self._buffer, self._scan or 2
        if self._scan and buffer[at : at + 2] == _SCAN:
            return at
        while at + 4 <= len(buffer) and buffer[at] == 0xFF:
            if buffer[at : at + 2] == _SCAN:
                self._scan = at
                return at
            if buffer[at + 1] in _BARE:
                return at
            at += 1 if buffer[at + 1] == 0xFF else 2 + int.from_bytes(buffer[at + 2 : at + 4], "big")
        return at if at < len(buffer) and buffer[at] != 0xFF else 0

    def _edge(self, until: int) -> int | None:
        """Where the next part's boundary begins, if one does before `until`."""
        if self._line is None:
            return None
        at = self._buffer.find(self._line, self._looked, until)
        return None if at < 0 else at

    def _take(self, end: int, found: list[bytes]) -> None:
        part = bytes(self._buffer[:end]).rstrip(_PADDING)
        found.append(part)
        del self._buffer[:end]
        self._inside = False

    def _drop(self, end: int) -> None:
        self.damaged += 1
        del self._buffer[:end]
        self._inside = False
