"""What a journal holds of the moments that a recording covers, and what of a comparison can be judged."""

from collections.abc import Iterator
from pathlib import Path

from agent.flight.differences import Body, Difference
from agent.flight.play import Span
from buffer.records import Record
from buffer.survey import Survey

_EDGE_NS = 5_000_000_000  # a commit, and how late an observation may come
_NOT_OF_THE_RULES = ("settings.probation", "settings.applied", "settings.rolled_back")


class Against:
    """A journal as the account before; raises JournalError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._incomplete: set[str] = set()

    def bodies(self, spans: list[Span]) -> Iterator[Body]:
        """The records that the rules wrote in these spans, in the order of commits."""
        with Survey(self._path) as survey:
            streams = survey.stats()["streams"]
            self._incomplete = {name for name, s in streams.items() if s.pruned or s.thinned}
            for _, record in survey.after(0, None):
                if _by_rules(record) and record.intact() and _span(record.boot, record.mono_ns, spans):
                    utc_ns = survey.utc_ns(record)
                    where = (record.boot, record.mono_ns, utc_ns)
                    yield Body(*where, record.stream, record.type, record.subject, record.payload)

    def judged(self, found: Difference, spans: list[Span]) -> bool:
        """Whether a difference is one, rather than the edge of what is there."""
        span, body = _span(found.body.boot, found.body.mono_ns, spans), found.body
        if span is None or found.kind == "order":
            return span is not None and body.stream not in self._incomplete
        if found.kind == "extra" and body.stream in self._incomplete:
            return False
        early = span.edge == "ragged" and body.mono_ns - span.first < _EDGE_NS
        late = span.last - body.mono_ns < _EDGE_NS
        return found.kind == "changed" or not (early or late)


def _by_rules(record: Record) -> bool:
    """Whether the rules wrote it: not an answer to a platform."""
    answer = record.stream == "life" and record.type.startswith("command.")
    return not answer and record.type not in _NOT_OF_THE_RULES


def _span(boot: str, mono_ns: int, spans: list[Span]) -> Span | None:
    return next((s for s in spans if s.boot == boot and s.first <= mono_ns <= s.last), None)
