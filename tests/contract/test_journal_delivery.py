"""Any sequence of appends, settlements, prunings and reopenings against a plain model."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.records import Entry
from buffer.retention import Drop
from tests.fresh import fresh
from tests.samples import samples

SINKS = st.sampled_from(["city", "fleet"])
STREAMS = ("event", "track")


class Delivery(RuleBasedStateMachine):
    """The model: how many records each stream has, what each sink settled, what was pruned."""

    @initialize()
    def start(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = Path(self.directory.name) / "journal.db"
        self.journal = self.opened()
        self.count = dict.fromkeys(STREAMS, 0)
        self.settled = {(sink, stream): set() for sink in ("city", "fleet") for stream in STREAMS}
        self.pruned = {stream: set() for stream in STREAMS}

    def opened(self):
        return Journal.open(fresh(self.path), "boot", max_bytes=20_000_000, min_free_bytes=0)

    @rule(counts=st.tuples(st.integers(0, 5), st.integers(0, 5)), now=st.booleans())
    def write(self, counts, now):
        entries = [
            Entry(stream, "x", str(n), b"{}", n, None, "unsynced")
            for stream, n in zip(STREAMS, counts, strict=True)
            for n in range(n)
        ]
        (self.journal.append if now else self.journal.defer)(entries)
        self.journal.commit()
        for stream, n in zip(STREAMS, counts, strict=True):
            self.count[stream] += n

    @rule(sink=SINKS, stream=st.sampled_from(STREAMS), data=st.data())
    def settle(self, sink, stream, data):
        if not self.count[stream]:
            return
        lo = data.draw(st.integers(1, self.count[stream]))
        hi = data.draw(st.integers(lo, self.count[stream]))
        self.journal.settle(sink, stream, lo, hi)
        self.settled[sink, stream] |= set(range(lo, hi + 1))

    @precondition(lambda self: self.count["track"])
    @rule(data=st.data())
    def prune(self, data):
        lo = data.draw(st.integers(1, self.count["track"]))
        hi = data.draw(st.integers(lo, self.count["track"]))
        assert self.journal.prune([Drop("track", lo, hi, "room")]) == [Drop("track", lo, hi, "room")]
        self.pruned["track"] |= set(range(lo, hi + 1))

    @rule()
    def reopen(self):
        self.journal.close()
        self.journal = self.opened()

    @rule(sink=SINKS, limit=st.integers(1, 8), data=st.data())
    def look(self, sink, limit, data):
        stream = data.draw(st.sampled_from(STREAMS))
        flying = data.draw(st.sets(st.integers(1, 30), max_size=8))
        window = self.journal.window(sink, stream, limit, RangeSet([(n, n) for n in flying]))
        assert [r.seq for r in window] == sorted(self.unsettled(sink, stream) - flying)[:limit]

    def unsettled(self, sink, stream):
        everything = set(range(1, self.count[stream] + 1))
        return everything - self.settled[sink, stream] - self.pruned[stream]

    @invariant()
    def backlog_agrees(self):
        for sink in ("city", "fleet"):
            backlog = self.journal.backlog(sink)
            for stream in STREAMS:
                assert backlog.get(stream, 0) == len(self.unsettled(sink, stream))

    def teardown(self):
        self.journal.close()
        self.directory.cleanup()


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(max_examples=samples(12), stateful_step_count=25, deadline=None)
