"""As much of HTTP/1.1 (RFC 9112) as reading a camera's stream takes. Pure."""

import re

import msgspec

HEAD_LIMIT = 65_536
_LINE_LIMIT = 4096
_STATUS = re.compile(r"(?:HTTP/\d(?:\.\d)?|ICY|RTSP/1\.0) (\d{3})(?: |$)")


class Head(msgspec.Struct, frozen=True):
    """The beginning of a response: status code and header lines, in order, names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """The values of every header of that name (lower case)."""
        return [value for key, value in self.headers if key == name]

    def get(self, name: str) -> str:
        """The first of them; empty when there is none."""
        return next(iter(self.all(name)), "")

    @property
    def media(self) -> str:
        """The media type in lower case, without its parameters."""
        return self.get("content-type").partition(";")[0].strip().lower()

    @property
    def boundary(self) -> str | None:
        """The boundary between the parts, as announced."""
        found = re.search(r";\s*boundary\s*=\s*(\"[^\"]*\"|[^\s;]+)", self.get("content-type"), re.I)
        return found[1] if found else None


def split_head(data: bytes) -> tuple[Head, bytes] | None:
    """The head of a response and what follows it; None while its end has not come.

    Raises ValueError when it is none, or longer than HEAD_LIMIT.
    """
    found = re.search(rb"\r?\n\r?\n", data)
    if found is None:
        if len(data) > HEAD_LIMIT or not _may_be_status(data):
            raise ValueError("no HTTP response")
        return None
    first, *lines = data[: found.start()].decode("latin-1").splitlines()
    status = _STATUS.match(first)
    if status is None or found.start() > HEAD_LIMIT:
        raise ValueError("no HTTP response")
    pairs = [line.partition(":") for line in lines if ":" in line]
    head = Head(int(status[1]), tuple((k.strip().lower(), v.strip()) for k, _, v in pairs))
    return head, data[found.end() :]


def _may_be_status(data: bytes) -> bool:
    return any(data[: len(name)] == name[: len(data)] for name in (b"HTTP/", b"ICY ", b"RTSP/"))


class Chunks:
    """Takes the chunked coding (RFC 9112, 7.1) off a body; `ended` after the last chunk."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._left = 0  # bytes of the present chunk that are still to come
        self.ended = False

    def feed(self, data: bytes) -> bytes:
        """The content in these bytes; raises ValueError where a chunk's size should stand and doesn't."""
        self._buffer += data
        content = bytearray()
        while self._buffer and not self.ended:
            if self._left:
                part = self._buffer[: self._left]
                content += part
                del self._buffer[: len(part)]
                self._left -= len(part)
            elif not self._next():
                break
        return bytes(content)

    def _next(self) -> bool:
        """Read the size of the next chunk; False when its line has not come wholly."""
        begin = 2 if self._buffer[:2] == b"\r\n" else 0  # the end of the chunk before
        end = self._buffer.find(b"\n", begin)
        if end < 0:
            if len(self._buffer) > _LINE_LIMIT:
                raise ValueError("no chunk of HTTP")
            return False
        size = bytes(self._buffer[begin:end]).partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", size):
            raise ValueError("no chunk of HTTP")
        self._left = int(size, 16)
        self.ended = self._left == 0
        del self._buffer[: end + 1]
        return True
