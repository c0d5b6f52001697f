"""What evidence asks of an open journal: committed records as they lie there, and the head of their chain."""

from buffer.reading import Reading
from buffer.records import Record

BY_HAND = ("evidence.exported", "picture.viewed", "dispute")
"""Types that the command line writes when no daemon runs: after `stopped`, and a stop in order stays one."""
_END = 2**62


class Proofs:
    """Safe across threads."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def chain(self) -> tuple[str, dict[str, int]]:
        """The head of the chain (hex), and the newest seq of each chained stream at that point."""
        return self._reading.chain()

    def records(self, stream: str, first: int, limit: int) -> list[Record]:
        """Up to `limit` records of a stream from a seq on; not checked."""
        return self._reading.fetch(stream, first, _END, limit)
