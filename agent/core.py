"""The core: the only writer of rule state and records.

One observation is one step, and one step is one transaction: its records and the rule state go to the journal
together. Events are durable before the next observation is looked at; fixes wait for the group commit.
"""

import logging
import threading
from collections.abc import Callable, Sequence

import msgspec

from agent.channels import Inbox
from agent.letting_go import Keeping, LettingGo
from agent.model import (
    Anchor,
    Attest,
    Effect,
    Emit,
    Halt,
    JournalState,
    LinkState,
    Observation,
    PictureOrder,
    PicturesDeleted,
    Rest,
    Salvaged,
    Sampling,
    Seal,
    Settings,
    Skipped,
    Snapshot,
    Tick,
    Track,
    Warn,
)
from agent.records import entry
from agent.recovery import never_come, recover, saved
from agent.rules.pictures import caption, moment
from agent.rules.state import State
from agent.rules.step import step
from buffer.errors import JournalFull
from buffer.journal import Journal
from drivers.clock import Clock

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_TRUSTED = ("gnss", "ntp")
_SNAPSHOT_NS = 30 * SECOND


class Outlets(msgspec.Struct, frozen=True):
    """Where effects go besides the journal: the frame rate, the newest fix, word of new records, pictures.

    `deleted` is told of deletions that are in the journal now, `notary` what to sign or gather, `unit` of
    warnings and rest, `seen` of each observation with the states before and after it. None may block.
    """

    set_rate: Callable[[float], None]
    live: Callable[[Track], None]
    wake: Callable[[], None]
    picture: Callable[[PictureOrder], None] = lambda _: None
    deleted: Callable[[PicturesDeleted], None] = lambda _: None
    notary: Callable[[Attest | Seal], None] = lambda _: None
    unit: Callable[[Warn | Rest | Halt], None] = lambda _: None
    seen: Callable[[State, Observation, State], None] = lambda *_: None


class Start(msgspec.Struct, frozen=True):
    """How a core begins: software version, the rules' settings, group commit (s), how long to keep (ns).

    Records of pictures stay for `keep_media_ns`, those for a sink that isn't configured any more for
    `release_ns`; what may go is looked for every `retain_s`. `first` is false for a core that replaces one
    that failed; `links` gives the present state of every link, `held`
    whether evidence about a subject is kept, so that its chained records stay.
    """

    version: str
    settings: Settings
    commit_s: float
    keep_ns: int
    first: bool
    links: Callable[[], list[LinkState]]
    keep_media_ns: int = 0
    retain_s: float = 60.0
    release_ns: int = 0
    keep_chain_ns: int | None = None
    held: Callable[[str], bool] = lambda _: False

    @property
    def sinks(self) -> tuple[str, ...]:
        """Who must have a record before it may go."""
        return self.settings.sinks

    @property
    def keeping(self) -> Keeping:
        """What retention needs to know."""
        return Keeping(self.sinks, self.keep_ns, self.keep_media_ns, self.release_ns, self.keep_chain_ns)


class Core:
    """Takes observations from the inbox, runs the rules, journals what they say."""

    def __init__(self, journal: Journal, inbox: Inbox, clock: Clock, outlets: Outlets, start: Start) -> None:
        self._journal, self._inbox, self._clock, self._outlets = journal, inbox, clock, outlets
        self._start = start
        self._commit_ns = round(start.commit_s * SECOND)
        self._fault: str | None = None
        self._dropped = 0
        self._links: dict[str, bool] = {}
        now = clock.mono_ns()
        self._committed = self._snapped = self._pruned = self._ticked = now
        self.state = State()
        self._letting_go = LettingGo(journal, clock, start.keeping, self._take, self._is_held)

    @property
    def fault(self) -> str | None:
        """Why the journal takes no records now, if it does not."""
        return self._fault

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until `stop` is set and the inbox is empty; everything is committed on return.

        It begins with the rule state of the last run and tells the rules that the agent started.
        """
        restarted, self.state = recover(self._journal, self._clock, self._start.version)
        if not self._start.first:
            restarted = msgspec.structs.replace(restarted, clean=False)
        self._take(restarted)
        self._take(msgspec.structs.replace(self._start.settings, mono_ns=restarted.mono_ns))
        self._report_salvage(restarted.mono_ns)
        self._letting_go.begin()
        if self.state.coverage.journal is not None and self._fault is None:  # full in the last run, not now
            self._note(JournalState(restarted.mono_ns, writable=True, dropped=None))
        while not stop.is_set() or len(self._inbox):
            beat()
            observation = self._inbox.get(min(0.5, self._commit_ns / SECOND))
            if observation is not None:
                self._take(observation)
            self._keep_time()
        self._commit()

    def _report_salvage(self, now: int) -> None:
        """Say what was saved of a damaged journal, and to each sink which of its seqs never come."""
        found = self._journal.salvaged
        if found is None:
            return
        self._take(Salvaged(now, **msgspec.structs.asdict(found)))
        for sink in self._start.sinks:
            for stream, lo, hi, why in never_come(found, self._journal, sink):
                self._take(Skipped(now, sink, stream, lo, hi, why))
        if self._fault is None:
            self._journal.salvage_told()

    def _keep_time(self) -> None:
        now = self._clock.mono_ns()
        if now - self._ticked >= SECOND:
            self._ticked = now
            stamp = self._clock.stamp(now)
            self._take(Tick(now, stamp.utc_ns if stamp.origin in _TRUSTED else None))
            self._compare_links()
        if now - self._committed >= self._commit_ns:
            self._committed = now
            self._commit()
        if now - self._pruned >= self._start.retain_s * SECOND:
            self._pruned = now
            self._retain()

    def _compare_links(self) -> None:
        """Links are told at each change; a core that began later, or missed the word, asks."""
        for link in self._start.links():
            if self._links.get(link.sink) != link.connected:
                self._take(link)

    def _take(self, observation: Observation) -> None:
        """One step: rules, then one transaction, then what may be seen from outside."""
        if isinstance(observation, LinkState):
            self._links[observation.sink] = observation.connected
        anchor = self._clock.stamp(observation.mono_ns)
        effects = self._step(observation)
        records = [e for e in effects if isinstance(e, Emit | Track)]
        lasting = any(isinstance(e, Emit | Snapshot) for e in effects)
        snapshot = self._snapshot() if lasting or self._snapshot_due() else None
        entries = [entry(e, anchor) for e in records]
        if lasting:
            self._guarded(lambda: self._journal.append(entries, snapshot))
            self._outlets.wake()
        elif entries or snapshot:
            self._journal.defer(entries, snapshot)
        if isinstance(observation, Skipped) and not observation.kept:  # else some of these still go
            self._journal.settle(observation.sink, observation.stream, observation.first, observation.last)
        if isinstance(observation, PicturesDeleted) and self._fault is None:
            self._outlets.deleted(observation)
        self._act(effects, observation.mono_ns)

    def _step(self, observation: Observation) -> list[Effect]:
        """The rules' answer; what makes them fail is told to `seen` too."""
        before = self.state
        try:
            self.state, effects = step(before, observation)
        finally:
            self._outlets.seen(before, observation, self.state)
        return effects

    def _act(self, effects: Sequence[Effect], now: int) -> None:
        for effect in effects:
            if isinstance(effect, Anchor):
                self._clock.anchor(effect.utc_ns, effect.mono_ns)
            elif isinstance(effect, Sampling):
                self._outlets.set_rate(effect.fps)
            elif isinstance(effect, Track):
                self._outlets.live(effect)
            elif isinstance(effect, Snapshot):
                self._outlets.picture(self._order(effect, now))
            elif isinstance(effect, Attest | Seal):
                self._outlets.notary(effect)
            elif isinstance(effect, Warn | Rest | Halt):
                self._outlets.unit(effect)

    def _order(self, wish: Snapshot, now: int) -> PictureOrder:
        """A picture of what is there at `now` or right after, with what is known of that moment."""
        settings, stamp = self.state.settings or self._start.settings, self._clock.stamp(now)
        known = caption(self.state.motion, self.state.load, settings, now, wish)
        offset = None if stamp.utc_ns is None else stamp.utc_ns - stamp.mono_ns
        return PictureOrder(
            moment(wish, settings, now),
            wish,
            msgspec.structs.replace(known, utc_offset_ns=offset, clock=stamp.origin),
        )

    def _commit(self) -> None:
        self._guarded(self._journal.commit)
        self._outlets.wake()

    def _guarded(self, write: Callable[[], None]) -> None:
        """Write to the journal; when it is full, what was to be written stays pending and the rules know."""
        try:
            write()
        except JournalFull as e:
            self._compare(str(e))
        else:
            self._compare(self._journal.full)

    def _compare(self, fault: str | None) -> None:
        """Tell the rules when the journal stops or begins again to take records."""
        before, self._fault = self._fault, fault
        if before is None and fault is not None:
            log.error("%s", fault)
            self._note(JournalState(self._clock.mono_ns(), writable=False, reason=fault))
        elif before is not None and fault is None:
            log.warning("journal: takes records again")
            dropped, self._dropped = self._journal.dropped - self._dropped, self._journal.dropped
            self._note(JournalState(self._clock.mono_ns(), writable=True, dropped=dropped))

    def _note(self, seen: JournalState) -> None:
        """Tell the rules about the journal itself; the record joins the next commit."""
        effects, stamp = self._step(seen), self._clock.stamp(seen.mono_ns)
        self._journal.defer([entry(e, stamp) for e in effects if isinstance(e, Emit | Track)], None)

    def _snapshot_due(self) -> bool:
        return self._clock.mono_ns() - self._snapped >= _SNAPSHOT_NS

    def _snapshot(self) -> bytes:
        self._snapped = self._clock.mono_ns()
        state = msgspec.structs.replace(self.state, settings=None)  # they come anew at each start
        return saved(self._clock.boot, state)

    def _is_held(self, subject: str) -> bool:
        """Whether an accusation is not sealed yet, an episode is open, or evidence about it is kept."""
        cases = (case.subject for case in self.state.evidence.cases)
        return subject in cases or subject in self.state.pictures.open or self._start.held(subject)

    def _retain(self) -> None:
        """Let go what may go; when that was not enough, again in a second."""
        try:
            more = self._letting_go.run()
        except JournalFull as e:
            self._compare(str(e))
            return
        if more:
            self._pruned -= max(0, round((self._start.retain_s - 1) * SECOND))
