"""Whatever happens, in whatever order: no accusation without its facts, and a replay says the same."""

import pickle

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon

from agent.geometry.bands import METRES_PER_DEGREE
from agent.model import Emit, Restarted, Tick, Track
from agent.records import entry
from agent.rule_layers import Layer
from agent.rules.state import State
from agent.rules.step import step
from drivers.clock import Stamp
from tests.samples import samples
from tests.unit.haul_drive import CHARGES, CLOCKS, LIMITS, NOON, box, hours, m, permit, permits, road

ZONES = (
    box("north", "loading", -200, 100),
    box("tip", "disposal", 3000, 3300),
    box("ring", "forbidden", 600, 1400, loaded_only=True),
    box("school", "slow", 1200, 1800, limit_mps=9.0, hours=hours(6, 22), time_zone="Asia/Shanghai"),
    box("hill", "risk", 2000, 2600),
)
WAY = (m(-500), m(2500), m(2500, 2000))
LISTS = (
    None,
    permits(),
    permits(permit(ends=NOON + 120)),
    permits(permit(routes=(road(*WAY),), hours=hours(13, 15), limit_mps=15.0)),
    permits(permit(), as_of=NOON - 5 * 86_400),
    permits(permit(), begins=NOON, ends=NOON + 60),
)
KINDS = (*CHARGES, "zone_visit", "could_not_check")
happening = st.one_of(
    st.tuples(st.just("drive"), st.sampled_from([0.0, 8.0, 14.0, 20.0])),
    st.tuples(st.just("drive"), st.sampled_from([0.0, 8.0, 14.0, 20.0])),
    st.tuples(st.just("aside"), st.sampled_from([0.0, 15.0, 120.0, 500.0])),
    st.tuples(st.just("load"), st.sampled_from(["empty", "covered", "uncovered", None])),
    st.tuples(st.just("back"), st.integers(0, 3000)),
    st.tuples(st.just("poor"), st.integers(1, 20)),
    st.tuples(st.just("gap"), st.sampled_from([3, 20, 100])),
    st.tuples(st.just("no time"), st.integers(1, 20)),
    st.tuples(st.just("restart"), st.booleans()),
    st.tuples(st.just("permits"), st.sampled_from(range(len(LISTS)))),
)
stories = st.lists(st.tuples(st.integers(1, 40), happening), max_size=25)
relaxed = settings(
    max_examples=samples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Story:
    """A truck that does what it is told, and all that the rules were told of it."""

    def __init__(self, timeline, known):
        story = self
        self.seen = []

        class Recording(timeline):
            def feed(self, seen):
                story.seen.append(seen)
                super().feed(seen)

        more = {} if known is None else {"permits": known, "layers": {"permits": Layer("h", 1, file=True)}}
        self.t = Recording(
            zones=ZONES, limits=LIMITS, charges=CHARGES, clocks=CLOCKS, change_after_s=2.0, **more
        )
        self.east, self.north, self.load = 0.0, 0.0, "covered"
        self.go(5, 0.0)

    def go(self, seconds, speed, **fix):
        for _ in range(seconds):
            self.t.at += 1
            self.east += speed
            self.t.fix(speed, at=m(self.east, self.north), **({"accuracy": 2.0} | fix))
            self.t.see(self.load)
            self.t.feed(Tick(self.t.now))

    def play(self, seconds, what, value):
        if what == "drive":
            self.go(seconds, value)
        elif what == "aside":
            self.north = value
        elif what == "load":
            self.load = value
        elif what == "back":
            self.east = value
        elif what == "poor":
            self.go(seconds, 10.0, hdop=9.0)
        elif what == "gap":
            self.t.at += value
            self.t.feed(Tick(self.t.now))
        elif what == "no time":
            self.go(seconds, 10.0, utc=None)
        elif what == "restart":
            self.t.start(first=False, new_boot=value, last_mono_ns=None if value else self.t.now)
        else:
            other = {"permits": LISTS[value], "layers": {"permits": Layer(str(value), 1, file=True)}}
            self.t.settings = msgspec.structs.replace(self.t.settings, mono_ns=self.t.now, **other)
            self.t.feed(self.t.settings)


def played(timeline, story, first):
    told = Story(timeline, LISTS[first])
    for seconds, (what, value) in story:
        told.play(seconds, what, value)
    return told


@relaxed
@given(story=stories, first=st.sampled_from(range(len(LISTS))))
def test_episodes_begin_before_they_end_and_end_once(timeline, story, first):
    told = played(timeline, story, first).t
    for kind in KINDS:
        opened = set()
        for e in told.emitted(f"{kind}.started", f"{kind}.ended"):
            if e.type.endswith("started"):
                assert e.subject not in opened
                assert kind in ("zone_visit", "could_not_check") or not opened, "one of a kind at a time"
                opened.add(e.subject)
            else:
                opened.remove(e.subject)
                assert e.data["until_us"] >= e.data["since_us"]


@relaxed
@given(story=stories, first=st.sampled_from(range(len(LISTS))))
def test_no_accusation_without_its_facts(timeline, story, first):
    told = played(timeline, story, first)
    in_force, fit = None, {}
    for seen, effects in steps(told.seen):
        in_force = seen if hasattr(seen, "zones") else in_force
        if isinstance(seen, Restarted) and seen.new_boot:
            fit = {}
        for track in (e for e in effects if isinstance(e, Track) and not e.unfit):
            fit[track.fix.mono_ns // 1000] = track.fix
        for e in effects:
            if isinstance(e, Emit) and e.type.partition(".")[0] in CHARGES and e.type.endswith("started"):
                check(e, in_force, fit)


def check(e, rules, fit):
    """One accusation against shapely, the permits, and the fixes that were fit."""
    kind, data = e.type.partition(".")[0], e.data
    kept = data["fixes"]["kept"]
    assert data["fixes"]["count"] >= len(kept) > 0
    assert len(kept) <= 17
    assert all(f["at_us"] in fit for f in kept), "a fix that was not fit"
    after_s = {"overlong_stop": LIMITS.stop_s} | {k: getattr(LIMITS, f"{k}_s", 0) for k in CHARGES}
    assert data["last_seen_us"] - data["since_us"] >= after_s[kind] * 1e6
    if kind in ("no_permit", "off_route", "outside_hours", "overlong_stop"):
        assert data["laden"] is True
    if kind in ("no_permit", "off_route", "outside_hours"):
        now = NOON + kept[-1]["at_us"] // 1_000_000
        assert rules.permits is not None
        assert now - rules.permits.as_of <= LIMITS.permits_stale_s
        valid = [p for p in rules.permits.permits if p.begins <= now < p.ends]
        assert bool(valid) == (kind != "no_permit")
    places = [Point(*metres(f)) for f in kept]
    if kind == "off_route":
        corridor = LineString([metres_of(*p) for p in WAY]).buffer(20 + 4 - 0.05)
        assert not any(corridor.contains(p) for p in places)
    if kind == "forbidden_zone":
        ring = Polygon([metres_of(*p) for p in ZONES[2].ring]).buffer(-4 + 0.05)
        assert all(ring.contains(p) for p in places)
    if kind == "speeding":
        assert all(f["speed"] > data["facts"]["limit_mps"] + LIMITS.speeding_mps for f in kept)


def metres(fix):
    return metres_of(fix["lon"], fix["lat"])


def metres_of(lon, lat):
    return (lon - 0.1) * METRES_PER_DEGREE, (lat - 0.1) * METRES_PER_DEGREE


def steps(observations, between=lambda state: state):
    state = State()
    for seen in observations:
        state, effects = step(between(state), seen)
        yield seen, effects


def bodies(observations, between=lambda state: state):
    """The records of a replay, as they would lie in the journal."""
    records = []
    for seen, effects in steps(observations, between):
        for effect in effects:
            if isinstance(effect, Emit | Track):
                made = entry(effect, Stamp("b00t", seen.mono_ns, None, "unsynced"))
                records.append(f"{made.stream} {made.type} {made.subject} ".encode() + made.payload)
    return records


@settings(max_examples=samples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=stories, first=st.sampled_from(range(len(LISTS))))
def test_a_replay_says_the_same_also_over_a_written_state(timeline, story, first):
    seen = played(timeline, story, first).seen
    told = bodies(seen)
    decoder = msgspec.msgpack.Decoder(State)
    assert bodies(seen, lambda s: decoder.decode(msgspec.msgpack.encode(s))) == told
    assert bodies(seen, lambda s: pickle.loads(pickle.dumps(s))) == told  # noqa: S301
    wires = [(type(one), msgspec.msgpack.encode(one)) for one in seen]
    assert bodies([msgspec.msgpack.decode(raw, type=kind) for kind, raw in wires]) == told


def test_the_story_that_the_properties_are_about_holds_every_kind(timeline):
    told = Story(timeline, LISTS[3])
    for seconds, speed in ((150, 14.0), (100, 0.0)):
        told.go(seconds, speed)
    told.play(0, "aside", 500.0)
    told.go(60, 5.0)
    told.play(0, "permits", 2)
    told.go(60, 14.0)
    told.play(0, "permits", 4)
    told.go(60, 14.0)
    kinds = {e.type.partition(".")[0] for e in told.t.emitted()}
    assert {*KINDS} - {"outside_hours"} <= kinds
