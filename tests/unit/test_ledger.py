"""The ledger adds up: whatever happens, each second of each source has one cause."""

from datetime import UTC, datetime
from itertools import pairwise

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agent.ledger.account import Told
from agent.ledger.days import totals, window
from agent.ledger.timeline import Moment, adds_up, ledger
from agent.model import Emit, JournalState, LinkState, Shift, Stopping, Tick
from agent.rules.motion import microseconds
from agent.rules.state import State
from drivers.readings import CameraHealth, ReceiverHealth
from tests.samples import samples

NIGHT = 1_767_300_000  # 2026-01-01 20:40 UTC
HOURS = tuple(Shift(d * 1440 + 6 * 60, d * 1440 + 22 * 60) for d in range(7))


class Unit:
    """A unit over restarts and boots: its timeline of rules, and what it journalled, in order."""

    def __init__(self, timeline, **settings):
        self.moments, self.taken, self.clock, self.boots = [], 0, NIGHT, 1
        self.t = timeline(boot=self.boot, **settings)
        self.begun = self.clock
        self.keep()

    @property
    def boot(self):
        return f"{self.boots:08x}"

    def keep(self):
        """What was emitted at this moment is in the journal."""
        effects, self.taken = self.t.effects[self.taken :], len(self.t.effects)
        at, offset = microseconds(self.t.now), round((self.clock - self.t.at) * 1e6)
        for e in effects:
            if isinstance(e, Emit) and e.stream in ("coverage", "life"):
                self.moments.append(Moment(Told(e.type, self.boot, at, e.data), offset))

    def wait(self, seconds):
        self.t.at += seconds
        self.clock += seconds

    def do(self, seconds, work=None, **seen):
        """Second by second, with a tick that knows the time."""
        for _ in range(seconds):
            self.wait(1)
            if work:
                work(self.t)
            if seen:
                self.t.at -= 1
                self.t.run(1, utc=datetime.fromtimestamp(self.clock, UTC), **seen)
            self.t.feed(Tick(self.t.now, round(self.clock * 1e9)))
            self.keep()

    def restart(self, *, away=5, new_boot=False, clean=False, readable=True, **settings):
        if clean:
            self.t.feed(Stopping(self.t.now, "asked"))
            self.keep()
        last, before = self.t.now, self.boot
        self.wait(away)
        if new_boot:
            self.boots += 1
            self.t.at = 3.0
        if not readable:
            self.t.state = State()
        self.t.settings = msgspec.structs.replace(self.t.settings, boot=self.boot, **settings)
        of = {"before": before, "before_ns": last} if readable else {}
        self.t.start(
            first=False, new_boot=new_boot, clean=clean, readable=readable,
            last_mono_ns=None if new_boot else last, **of,
        )  # fmt: skip
        self.keep()

    def ledger(self):
        return ledger(self.moments, {self.boot: microseconds(self.t.now)})

    def day(self):
        return window(self.ledger().boots, 0, 10**18)

    def sums(self, source):
        return {(c.state, c.why): us / 1e6 for c, us in totals(self.day()[source]).items()}


def whole(spans, of):
    """No overlap, no hole, from end to end."""
    at, until = of
    for span in spans:
        assert span.since_us == at
        assert span.until_us > at
        at = span.until_us
    assert at == until


def check(unit):
    found = unit.ledger()
    assert found.findings == []
    told = [m.told for m in unit.moments if m.told.type == "coverage.totals"]
    assert all(adds_up(t.data) for t in told)
    for boot in found.boots:
        for name in {span.source for span in boot.spans}:
            own = [s for s in boot.spans if s.source == name]
            assert all(a.until_us <= b.since_us for a, b in pairwise(own))
            assert own[-1].until_us in (boot.until_us, *(t.at_us for t in told), *_settings_at(unit))
    laid = window(found.boots, 0, 10**18)
    for spans in laid.values():
        whole(spans, (unit.begun * 10**6, unit.clock * 10**6))
    return found


def _settings_at(unit):
    return [m.told.at_us for m in unit.moments if m.told.type in ("settings", "birth")]


TOLD = {
    "good": {"see": "covered"},
    "tunnel": {"mode": "none", "lat": None, "lon": None},
    "poor": {"hdop": 30.0},
    "blind": {"see": None},
    "silence": {},
}
SEEN = {
    "unplugged": lambda t: t.feed(ReceiverHealth(t.now, "/dev/gnss", False, "unplugged")),
    "camera gone": lambda t: t.feed(CameraHealth(t.now, "bed", "body", False, "unplugged")),
    "up": lambda t: t.feed(LinkState(t.now, "city", True)),
    "down": lambda t: t.feed(LinkState(t.now, "city", False, "refused")),
    "full": lambda t: t.feed(JournalState(t.now, writable=False, reason="disk")),
    "room": lambda t: t.feed(JournalState(t.now, writable=True)),
}
ENDS = ("crash", "stop", "power cut", "boot", "lost", "lost here")
STEPS = st.tuples(st.sampled_from((*TOLD, *SEEN, *ENDS, "other settings", "hours pass")), st.integers(1, 60))


def perform(unit, what, n):
    if what in TOLD:
        unit.do(n, **TOLD[what])
    elif what in SEEN:
        unit.do(1, SEEN[what])
    elif what == "hours pass":
        unit.wait(n * 900)
        unit.do(1)
    elif what == "other settings":
        cameras, sinks = ("cab",)[: n % 2], ("city", "fleet")[: 1 + n // 2 % 2]
        unit.t.settings = msgspec.structs.replace(unit.t.settings, cab_cameras=cameras, sinks=sinks)
        unit.do(1, lambda t: t.feed(msgspec.structs.replace(t.settings, mono_ns=t.now)))
    else:
        unit.restart(
            away=n, new_boot=what in ("power cut", "boot", "lost"), clean=what in ("stop", "boot"),
            readable=not what.startswith("lost"), cab_cameras=("cab",)[: n % 2],
        )  # fmt: skip


@given(st.lists(STEPS, max_size=12), st.booleans())
@settings(
    max_examples=samples(50),
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_history_adds_up_and_totals_are_those_of_the_records(timeline, story, with_hours):
    unit = Unit(timeline, shifts=HOURS if with_hours else ())
    for what, n in story:
        perform(unit, what, n)
    unit.restart(clean=True)
    check(unit)


def test_each_cause_has_its_time(timeline):
    unit = Unit(timeline)
    unit.do(1, SEEN["up"])
    unit.do(30, see="covered")
    unit.do(20, mode="none", lat=None, lon=None)
    unit.do(40, hdop=30.0)
    unit.do(10, see="covered")
    check(unit)
    assert unit.sums("fix") == {
        ("good", ""): 40.0, ("none", "no fix"): 21.0, ("poor", "unfit: hdop"): 40.0
    }  # fmt: skip
    assert unit.sums("camera:bed") == {("seen", ""): 40.0, ("blind", "silent"): 61.0}
    assert unit.sums("link:city") == {("up", ""): 101.0}


def test_a_crash_is_time_in_which_nothing_was_seen(timeline):
    unit = Unit(timeline)
    unit.do(60, see="covered")
    unit.restart(away=7)
    unit.do(30, see="covered")
    unit.restart(away=100, clean=True)
    check(unit)
    for source in ("agent", "fix", "camera:bed"):
        assert unit.sums(source)["stopped", "stopped without warning"] == 7.0
        assert unit.sums(source)["stopped", "stopped in order"] == 100.0


def test_a_power_cut_closes_its_period_at_the_next_start(timeline):
    unit = Unit(timeline)
    unit.do(60, see="covered")
    first = unit.boot
    unit.restart(away=3600, new_boot=True)
    total = unit.t.last("coverage.totals").data
    assert (total["why"], total["boot"], total["since_us"], total["until_us"]) == (
        "boot",
        first,
        0,
        60_000_000,
    )
    assert total["sources"]["fix"] == [{"state": "good", "why": "", "us": 60_000_000}]
    check(unit)
    assert unit.sums("agent") == {("running", ""): 60.0, ("stopped", "stopped without warning"): 3600.0}


def test_a_shift_is_a_period_and_what_lies_between_is_off(timeline):
    unit = Unit(timeline, shifts=HOURS)
    unit.do(60, see="covered")
    while not unit.t.emitted("coverage.totals"):
        unit.wait(600)
        unit.do(1)
    unit.wait(14 * 3600)
    unit.do(1, see="covered")
    found = [e.data for e in unit.t.emitted("coverage.totals")]
    assert found[0]["why"] == "shift"
    assert sum(c["us"] for f in found for c in f["sources"]["camera:bed"] if c["state"] == "off") > 9 * 3600e6
    check(unit)


def test_the_ignition_s_rest_is_off_like_a_shift_that_is_over():
    told = [
        Told("birth", "b", 0, {"cameras": {"body": ["bed"], "cab": []}, "sinks": ["city"]}),
        Told("gap.started", "b", 50, {"source": "ignition", "why": "ignition off", "since_us": 50}),
        Told(
            "gap.ended",
            "b",
            90,
            {"source": "ignition", "why": "ignition off", "since_us": 50, "until_us": 90},
        ),
    ]
    found = ledger([Moment(t, 0) for t in told], {"b": 100}).boots
    laid = window(found, 0, 100)
    spans = [(s.since_us, s.until_us, s.cause.state) for s in laid["fix"]]
    assert spans == [(0, 50, "good"), (50, 90, "off"), (90, 100, "good")]
    assert [s.cause.state for s in laid["link:city"]] == ["up"]


def test_totals_that_are_not_those_of_the_records_are_found(timeline):
    unit = Unit(timeline)
    unit.do(40, see="covered")
    unit.do(40)
    unit.restart(clean=True)
    at = next(i for i, m in enumerate(unit.moments) if m.told.type == "coverage.totals")
    told = unit.moments[at].told
    fix = [{"state": "good", "why": "", "us": 80_000_000}]
    for sources in (told.data["sources"] | {"fix": fix}, told.data["sources"] | {"fix": fix[:0]}):
        changed = msgspec.structs.replace(told, data=told.data | {"sources": sources})
        unit.moments[at] = Moment(changed, unit.moments[at].offset_us)
        assert unit.ledger().findings


def test_clocks_that_contradict_each_other_count_nothing_twice():
    born = {"cameras": {"body": [], "cab": []}, "sinks": []}
    moments = [
        Moment(Told("birth", "a", 0, born), 1000),
        Moment(Told("birth", "b", 5, born), 1020),  # 1025 in UTC, when boot a still ran
        Moment(Told("birth", "c", 0, born), None),
        Moment(Told("birth", "d", 0, born), 1300),
    ]
    found = ledger(moments, {"a": 90, "b": 100, "c": 50, "d": 10}).boots
    laid = window(found, 0, 10_000)
    for spans in laid.values():
        whole(spans, (1000, 1310))
    assert [s.cause.state for s in laid["agent"]] == ["running", "unplaced", "running"]


def test_what_was_let_go_takes_nothing_from_the_rest(timeline):
    unit = Unit(timeline)
    for _ in range(3):
        unit.do(30, see="covered")
        unit.do(30)
        unit.restart(clean=True)
    for gone in range(len(unit.moments)):
        found = ledger(unit.moments[gone:], {unit.boot: microseconds(unit.t.now)})
        assert found.findings == []


def test_causes_without_end_are_added_up(timeline):
    unit = Unit(timeline)
    for n in range(60):
        unit.do(25, lambda t, n=n: t.feed(LinkState(t.now, "city", False, f"refused {n}")))
    unit.restart(clean=True)
    check(unit)
    causes = unit.t.last("coverage.totals").data["sources"]["link:city"]
    assert len(causes) <= 26
    assert any(c["why"] == "others" for c in causes)
