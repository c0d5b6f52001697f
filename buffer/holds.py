"""For whom records are held: the configured sinks, and for a while one that was configured before."""

from collections.abc import Iterator, Sequence

from buffer.books import checksum
from buffer.writing import Writing

_KEY = "sink:"  # in the table `meta`; its value is empty, or since when (UTC ns) the sink isn't configured


class Holds:
    """The sinks that the journal ever knew. Safe across threads."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    def known(self) -> dict[str, int | None]:
        """Every sink that has a hold, and since when it is not configured (UTC ns), None while it is."""
        with self._writing.state:
            found: dict[str, int | None] = dict.fromkeys(self._writing.delivery.sinks())
        for key, value in self._writing.meta(_KEY).items():
            found[key.removeprefix(_KEY)] = int(value) if value else None
        return found

    def update(self, configured: Sequence[str], utc_ns: int | None) -> dict[str, int | None]:
        """Note who is configured now, and return `known`. Without the time nobody's days begin to run."""
        known = self.known()
        now = {sink: known.get(sink) for sink in (*configured, *known)}
        now = {sink: None if sink in configured else since or utc_ns for sink, since in now.items()}
        changed = {sink: since for sink, since in now.items() if sink not in known or known[sink] != since}
        if changed or not self._writing.meta(_KEY).keys() >= {_KEY + sink for sink in now}:
            query = "REPLACE INTO meta(key, value, crc) VALUES (?, ?, ?)"
            rows = [(_KEY + sink, "" if since is None else str(since)) for sink, since in now.items()]
            self._writing.run([(query, (*row, checksum("meta", row))) for row in rows])
        return now

    def release(self, sink: str) -> None:
        """Hold nothing for this sink any more; what it had is forgotten."""
        with self._writing.state:
            self._writing.delivery.forget(sink)
        self._writing.run(
            [
                ("DELETE FROM settled WHERE sink = ?", (sink,)),
                ("DELETE FROM meta WHERE key = ?", (_KEY + sink,)),
            ]
        )

    def unnamed(self, sink: str) -> Iterator[tuple[str, int, int]]:
        """(stream, lo, hi) of what is pruned and neither settled by the sink nor skipped for it."""
        with self._writing.state:
            pruned = {stream: ranges.copy() for stream, ranges in self._writing.pruned.items()}
            settled = {stream: self._writing.delivery.settled(sink, stream) for stream in pruned}
        for stream, ranges in pruned.items():
            for lo, hi in ranges:
                yield from ((stream, a, b) for a, b in settled[stream].missing(lo, hi))
