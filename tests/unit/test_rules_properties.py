"""Whatever happens, in whatever order: the ledger and the episodes stay consistent."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.model import JournalState, LinkState, Stopping, Tick
from drivers.readings import CameraFault, CameraHealth, ReceiverHealth, Suspicion
from tests.samples import samples

STATES = ["empty", "covered", "partly", "uncovered", None]
PLACES = [(0.1, 0.1), (0.001, 0.001)]

happening = st.one_of(
    st.tuples(st.just("see"), st.sampled_from(STATES)),
    st.tuples(st.just("fix"), st.sampled_from([0.0, 5.0, 20.0, None])),
    st.tuples(st.just("site"), st.sampled_from([0.0, 5.0])),
    st.tuples(st.just("no fix"), st.none()),
    st.tuples(st.just("receiver"), st.sampled_from(["unplugged", "silent"])),
    st.tuples(st.just("testimony"), st.sampled_from([(), ("jamming",), ("jamming", "slow")])),
    st.tuples(st.just("antenna"), st.sampled_from(["ok", "open", "short", "unknown"])),
    st.tuples(st.just("camera"), st.booleans()),
    st.tuples(st.just("faults"), st.sampled_from([(), ("dark",), ("dirty", "moved"), ("moved",), None])),
    st.tuples(st.just("same"), st.sampled_from([None, 0.0, 30.0])),
    st.tuples(st.just("link"), st.booleans()),
    st.tuples(st.just("journal"), st.booleans()),
    st.tuples(st.just("restart"), st.booleans()),
    st.tuples(st.just("stop"), st.none()),
)
steps = st.lists(st.tuples(st.sampled_from([1, 1, 1, 3, 10, 40]), happening), max_size=80)


# The fixture gives the class, not an instance: nothing is carried from one example to the next.
relaxed = settings(
    max_examples=samples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def word(now, what, value):
    """What a receiver says: gone and why, the kinds of suspicion it is under, or its antenna's state."""
    if what == "receiver":
        return ReceiverHealth(now, "tty", False, value)
    if what == "antenna":
        return ReceiverHealth(now, "tty", True, antenna=value)
    return ReceiverHealth(now, "tty", True, suspicions=tuple(Suspicion(kind, now, "x") for kind in value))


def picture(now, what, value):
    """What a camera says: whether it is there, its kinds of fault, or for how long nothing changed."""
    if what == "camera":
        return CameraHealth(now, "cab", "cab", value, None if value else "gone")
    if what == "same":
        return CameraHealth(now, "bed", "body", True, unchanged_s=value)
    if value is None:
        return CameraHealth(now, "bed", "body", False, "gone")
    faults = tuple(CameraFault(kind, now, "x") for kind in value)
    return CameraHealth(now, "bed", "body", True, faults=faults)


def play(timeline, what, value):
    now = timeline.now
    if what == "see":
        timeline.see(value)
    elif what == "fix":
        timeline.fix(value)
    elif what == "site":
        timeline.fix(value, at=PLACES[1])
    elif what == "no fix":
        timeline.fix(None, mode="none", lat=None, lon=None)
    elif what in ("receiver", "testimony", "antenna"):
        timeline.feed(word(now, what, value))
    elif what in ("camera", "faults", "same"):
        timeline.feed(picture(now, what, value))
    elif what == "link":
        timeline.feed(LinkState(now, "city", value, None if value else "refused"))
    elif what == "journal":
        timeline.feed(JournalState(now, value, None if value else "full"))
    elif what == "stop":
        timeline.feed(Stopping(now, "test"))
    else:
        timeline.start(first=False, new_boot=value, last_mono_ns=None if value else now)


@relaxed
@given(story=steps)
def test_episodes_begin_before_they_end_and_end_once(timeline, story):
    t = timeline(change_after_s=3.0, uncovered_after_s=6.0, covered_after_s=4.0)
    for seconds, (what, value) in story:
        t.at += seconds
        play(t, what, value)
        t.feed(Tick(t.now))
    told = ("receiver.antenna", "receiver.suspicion.jamming", "receiver.suspicion.slow")
    for kind in ("uncovered_load", "partly_covered", "gap", "camera_fault", *told):
        opened = set()
        for e in t.emitted(f"{kind}.started", f"{kind}.ended"):
            if e.data.get("source") == "agent":
                continue
            if e.type.endswith("started"):
                assert e.subject not in opened
                opened.add(e.subject)
            elif e.subject in opened:
                opened.discard(e.subject)
                assert e.data.get("until_us", e.data["since_us"]) >= e.data["since_us"]
            else:
                assert e.data.get("source") == "journal", f"{e.subject} ended without a start"


@relaxed
@given(story=steps)
def test_an_accusation_rests_on_pictures_over_its_whole_duration(timeline, story):
    t = timeline(uncovered_after_s=6.0)
    for seconds, (what, value) in story:
        t.at += seconds
        play(t, what, value)
        t.feed(Tick(t.now))
    for e in t.emitted("uncovered_load.started"):
        newest = max(view["at_us"] for view in e.data["views"].values())
        assert newest - e.data["since_us"] >= 6e6
        assert e.data["zone"]["state"] == "outside"


@relaxed
@given(story=steps)
def test_never_two_faults_of_one_kind_are_open_and_none_counts_twice(timeline, story):
    t = timeline(camera_gap_s=6.0)
    for seconds, (what, value) in story:
        t.at += seconds
        play(t, what, value)
        t.feed(Tick(t.now))
    opened = {}
    for e in t.emitted("camera_fault.started", "camera_fault.ended"):
        key = (e.data["camera"], e.data["kind"])
        if e.type.endswith("started"):
            assert key not in opened
            opened[key] = e.subject
        else:
            assert opened.pop(key) == e.subject
    assert {(f.camera, f.kind) for f in t.state.cameras.open.values()} == opened.keys()
    for e in t.emitted("camera.blind"):
        for camera in e.data["cameras"].values():
            assert 0 <= camera["blind_s"] <= e.data["seconds"] + 0.1
