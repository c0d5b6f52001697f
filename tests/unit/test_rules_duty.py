"""Duty: off shift nothing says where the truck is; the ledger says that it is off duty."""

import msgspec
import pytest

from agent.model import (
    Emit,
    LinkState,
    PictureAsked,
    Sampling,
    Shift,
    Skipped,
    Snapshot,
    Stopping,
    Tick,
    Track,
)
from agent.records import entry
from agent.rules.duty import on_duty
from drivers.clock import Stamp
from drivers.readings import CameraFault, CameraHealth, Fix, ReceiverHealth, Strength, Suspicion

SECOND = 1_000_000_000
# The timeline's first second is Tuesday, 24 November 2026, 6:00 UTC, 14:00 in Shanghai.
TUESDAY = 24 * 60
DAY_SHIFT = (Shift(TUESDAY + 8 * 60, TUESDAY + 14 * 60 + 2),)  # until 14:02
NIGHT_SHIFT = (Shift(TUESDAY + 14 * 60 + 2, TUESDAY + 22 * 60),)  # from 14:02
DARK = (CameraFault("dark", SECOND, "mean 3 of 255"),)
SHANGHAI = ((0, 8 * 3600),)
WORDS = ('"lat"', '"lon"', '"place":{', "121.", "31.2", '"speed"')


def text_of(effects: list[object]) -> str:
    """All records as they would lie in the journal."""
    stamp = Stamp("b", 0, None, "unsynced")
    records = [entry(e, stamp) for e in effects if isinstance(e, Emit | Track)]
    return "\n".join(f"{r.stream} {r.type} {r.subject} {r.payload.decode()}" for r in records)


def busy(drive, seconds: int) -> None:
    """Everything that devices can say, second by second, at a place that can be recognised."""
    for _ in range(seconds):
        drive.at += 1
        drive.fix(10.0, at=(121.5, 31.2))
        drive.see("uncovered")
        drive.feed(CameraHealth(drive.now, "bed", "body", drive.at % 7 > 3, "cable", faults=DARK))
        drive.feed(CameraHealth(drive.now, "cab", "cab", connected=True))
        doubts = (Suspicion("jamming", drive.now, "8 dB"),) if drive.at % 11 > 5 else ()
        strength = {"gps": Strength(8, 40.0, 45.0)}
        drive.feed(
            ReceiverHealth(
                drive.now, "tty", connected=True, strength=strength, suspicions=doubts, antenna="open"
            )
        )
        drive.feed(PictureAsked(drive.now, "bed", "technician"))
        drive.feed(LinkState(drive.now, "city", connected=drive.at % 13 > 4, reason="tunnel"))
        drive.feed(Skipped(drive.now, "city", "track", 1, 2, "dropped"))
        drive.feed(Tick(drive.now))


def off_duty_effects(drive) -> list[object]:
    """What the rules said after the gap `off duty` was opened."""
    starts = [
        i
        for i, e in enumerate(drive.effects)
        if isinstance(e, Emit) and e.type == "gap.started" and e.data["source"] == "duty"
    ]
    return drive.effects[starts[-1] :]


@pytest.fixture
def drive(timeline):
    return timeline(shifts=DAY_SHIFT, offsets=SHANGHAI)


def test_off_duty_no_record_holds_a_position(drive) -> None:
    busy(drive, 100)
    assert any(word in text_of(drive.effects) for word in WORDS)
    busy(drive, 200)
    drive.feed(Stopping(drive.now, "SIGTERM"))
    drive.fix(10.0, at=(121.5, 31.2))
    after = off_duty_effects(drive)
    assert [w for w in WORDS if w in text_of(after)] == []
    assert not [e for e in after if isinstance(e, Track | Snapshot)]
    assert {e.stream for e in after if isinstance(e, Emit)} <= {"life", "coverage", "health", "media"}


def test_nor_does_the_state_that_is_kept(drive) -> None:
    busy(drive, 60)
    assert b"lat" in msgspec.json.encode(drive.state.motion)
    busy(drive, 200)
    kept = msgspec.json.encode(msgspec.structs.replace(drive.state, settings=None)).decode()
    assert "121.5" not in kept
    assert "31.2" not in kept


def test_the_ledger_says_since_when_and_until_when(timeline) -> None:
    drive = timeline(shifts=NIGHT_SHIFT, offsets=SHANGHAI)
    drive.run(180, see="covered")
    started, ended = (
        next(e for e in drive.emitted(kind) if e.data["source"] == "duty")
        for kind in ("gap.started", "gap.ended")
    )
    assert started.subject == ended.subject
    assert set(started.data) == {"source", "why", "since_us"}
    assert set(ended.data) == {"source", "why", "since_us", "until_us", "seconds"}
    assert ended.data["why"] == "off duty"
    assert 118 <= ended.data["seconds"] <= 121
    assert len([e for e in drive.effects if isinstance(e, Track)]) == pytest.approx(60, abs=2)


def test_back_on_duty_the_load_is_judged_anew(timeline) -> None:
    drive = timeline(shifts=NIGHT_SHIFT, offsets=SHANGHAI)
    drive.run(119, see="uncovered")
    assert not drive.emitted("uncovered_load.started", "load.changed")
    drive.run(60, see="uncovered")
    assert drive.emitted("uncovered_load.started")
    rates = [e.fps for e in drive.effects if isinstance(e, Sampling)]
    assert rates[1:3] == [0.0, 1.0]


def test_what_is_open_ends_with_the_shift(drive) -> None:
    drive.run(110, see="uncovered")
    opened = drive.last("uncovered_load.started")
    drive.run(60, see="uncovered")
    assert drive.last("uncovered_load.ended").subject == opened.subject
    gaps = {e.subject for e in drive.emitted("gap.started")} - {e.subject for e in drive.emitted("gap.ended")}
    assert gaps == {
        e.subject for e in drive.emitted("gap.started") if e.data["source"] in ("duty", "link:city")
    }
    assert drive.state.pictures.open == ()


def test_no_episode_stays_open_over_the_end_of_the_shift(drive) -> None:
    busy(drive, 200)
    events = [e for e in drive.emitted() if e.stream == "event"]
    started = {e.subject for e in events if e.type.endswith(".started")}
    assert started
    assert started == {e.subject for e in events if e.type.endswith(".ended")}


def test_the_clock_is_anchored_off_duty_too(timeline) -> None:
    drive = timeline(shifts=NIGHT_SHIFT, offsets=SHANGHAI)
    drive.run(20)
    (anchor,) = drive.emitted("clock.anchor")
    assert not [w for w in WORDS if w in text_of([anchor])]


def test_without_any_utc_the_truck_is_on_duty(drive) -> None:
    for _ in range(300):
        drive.at += 1
        drive.feed(Fix(drive.now, "3d", lat=31.2, lon=121.5, speed=5.0, hdop=1.0))
        drive.feed(Tick(drive.now))
    assert drive.state.duty.on
    assert len([e for e in drive.effects if isinstance(e, Track)]) == 300


def test_the_first_dated_fix_decides_before_any_anchor(timeline) -> None:
    drive = timeline(shifts=NIGHT_SHIFT, offsets=SHANGHAI)
    drive.at = 1
    drive.fix(10.0)
    assert not [e for e in drive.effects if isinstance(e, Track)]


def test_a_disciplined_clock_decides_where_there_is_no_receiver(timeline) -> None:
    drive = timeline(shifts=DAY_SHIFT, offsets=SHANGHAI)
    noon = 1_795_500_000 * SECOND  # 24 November 2026, 6:00 UTC
    drive.feed(Tick(SECOND, noon))
    assert drive.state.duty.on
    drive.feed(Tick(2 * SECOND, noon + 3600 * SECOND))
    assert not drive.state.duty.on
    drive.feed(Tick(3 * SECOND))
    assert not drive.state.duty.on, "what was known of the clock is forgotten"


def test_a_restart_off_duty_stays_off_duty_and_a_new_boot_ends_the_gap(drive) -> None:
    drive.run(200)
    gap = drive.state.duty.gap
    drive.effects.clear()
    drive.start(first=False, new_boot=False, last_mono_ns=drive.now)
    drive.fix(10.0)
    assert drive.state.duty.gap == gap
    assert not [e for e in drive.effects if isinstance(e, Track)]
    assert [e.fps for e in drive.effects if isinstance(e, Sampling)] == [0.0]
    drive.start(first=False, new_boot=True)
    assert gap in [e.subject for e in drive.emitted("gap.ended") if e.data.get("reason") == "interrupted"]


def test_a_shift_over_the_end_of_the_week(timeline) -> None:
    settings = timeline(shifts=(Shift(7 * 1440 - 60, 7 * 1440 + 60),)).settings
    monday = 4 * 86_400  # 5 January 1970 was a Monday
    seen = [on_duty(settings, monday + s) for s in (-3601, -3600, 0, 3599, 3600)]
    assert seen == [False, True, True, True, False]
