"""Receivers of any habit whose truth is known: every epoch comes out once and right, nothing else does."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.gnss.decode import Decoder
from drivers.readings import Fix
from drivers.sim.nmea import sentence
from tests.samples import samples

POSITIONS = ["RMC", "GGA", "GLL", "GNS"]
OTHERS = ["VTG", "GSA", "GSV", "ZDA", "GST", "GBS", "TXT", "PUBX", "HDT", "DPT", "AIS"]
NOISE = [b"", b"\xb5\x62\x01\x07\x5c\x00$GP\x00", b"\xd3\x00\x13\x3e\xd0", b"\x00\xff$\n", b"!", b"\r\n"]


class Habit(msgspec.Struct, frozen=True):
    """How a receiver writes: kinds before the first position and after, talkers, decimals, epochs, noise."""

    before: tuple[str, ...]
    order: tuple[str, ...]
    talkers: tuple[str, ...]
    decimals: tuple[int, int]
    step_ms: int
    fixed: tuple[bool, ...]
    ends: tuple[bytes, bytes]
    begin: int


class Truth(msgspec.Struct, frozen=True):
    """One epoch: what is to come out."""

    utc: datetime
    fixed: bool
    lat: float
    lon: float
    speed: float
    alt: float


@st.composite
def habits(draw: st.DrawFn) -> Habit:
    """Any set of sentences in any order; the position sentences say the time."""
    positions = draw(st.lists(st.sampled_from(POSITIONS), min_size=1, max_size=4, unique=True))
    others = draw(st.lists(st.sampled_from(OTHERS), max_size=6, unique=True))
    where = draw(st.integers(0, len(others)))
    mixed = draw(st.permutations([*positions[1:], *others[where:]]))
    step_ms = draw(st.sampled_from([50, 100, 200, 1000, 2000, 10_000]))
    return Habit(
        before=tuple(others[:where]),
        order=(positions[0], *mixed),
        talkers=draw(st.sampled_from([("GP",), ("GN", "GP"), ("GP", "GL"), ("IN",), ("GN", "GB", "GA")])),
        decimals=(2 if step_ms < 1000 else draw(st.integers(0, 3)), draw(st.integers(4, 7))),
        step_ms=step_ms,
        fixed=tuple(draw(st.lists(st.booleans(), min_size=4, max_size=12))),
        ends=(draw(st.sampled_from([b"\r\n", b"\n", b"\r", b""])), draw(st.sampled_from(NOISE))),
        begin=draw(st.integers(0, 86_399)),
    )


def truths(habit: Habit) -> list[Truth]:
    start = datetime(2026, 2, 28, tzinfo=UTC) + timedelta(seconds=habit.begin)
    return [
        Truth(
            start + timedelta(milliseconds=i * habit.step_ms), fixed, 31.2 + i / 1e5, -121.4, i / 10, 5.0 + i
        )
        for i, fixed in enumerate(habit.fixed)
    ]


def angle(value: float, width: int, decimals: int) -> str:
    degrees, rest = divmod(round(abs(value) * 60 * 10**decimals), 60 * 10**decimals)
    return f"{degrees:0{width}d}{rest / 10**decimals:0{decimals + 3}.{decimals}f}"


def written(kind: str, truth: Truth, habit: Habit) -> list[bytes]:
    """The sentences of one kind, one per talker where a receiver does that."""
    seconds = f"{truth.utc:%H%M%S}"
    fraction = f"{truth.utc.microsecond // 1000:03d}"[: habit.decimals[0]]
    time = f"{seconds}.{fraction}" if fraction else seconds
    ns, ew = angle(truth.lat, 2, habit.decimals[1]), angle(truth.lon, 3, habit.decimals[1])
    place = [ns, "N", ew, "W"] if truth.fixed else [""] * 4
    status, quality = ("A", "1") if truth.fixed else ("V", "0")
    knots, alt = (f"{truth.speed * 3600 / 1852:.3f}", f"{truth.alt:.1f}") if truth.fixed else ("", "")
    mode = "A" if truth.fixed else "N"
    say = {
        "RMC": ["RMC", time, status, *place, knots, "", f"{truth.utc:%d%m%y}", "", "", mode],
        "GGA": ["GGA", time, *place, quality, "08", "1.0", alt, "M", "9.0", "M", "", ""],
        "GLL": ["GLL", *place, time, status, mode],
        "GNS": ["GNS", time, *place, mode, "08", "1.0", alt, "9.0", "", ""],
        "VTG": ["VTG", "", "T", "", "M", knots, "N", "", "K", mode],
        "GSA": ["GSA", "A", "3" if truth.fixed else "1", "01", "02", *[""] * 10, "1.5", "1.0", "1.1"],
        "GSV": ["GSV", "1", "1", "02", "01", "40", "083", "46", "02", "17", "308", "41"],
        "ZDA": ["ZDA", time, f"{truth.utc:%d}", f"{truth.utc:%m}", f"{truth.utc:%Y}", "00", "00"],
        "GST": ["GST", time, "1", "", "", "", "3.0", "4.0", "1"],
        "GBS": ["GBS", time, "3.0", "4.0", "1", "", "", "", ""],
        "TXT": ["TXT", "01", "01", "02", "ANTSTATUS=OK"],
        "HDT": ["HDT", "341.8", "T"],
        "DPT": ["DPT", "2.2", "0.0"],
    }  # fmt: skip
    if kind == "PUBX":
        return [sentence("PUBX", "00", "120000.00", "0000.00", "N", "00000.00", "E", "0.0", "G3", "5", "5")]
    if kind == "AIS":
        return [b"!AIVDM,1,1,,B,13njCt031t0DA=lN2:jKmad60l1p,0*12\r\n"]
    many = kind in ("GSA", "GSV", "GGA") and len(habit.talkers) > 1
    talkers = habit.talkers if many else habit.talkers[:1]
    fields = say[kind]
    return [sentence(talker + fields[0], *fields[1:]) for talker in talkers]


def stream(habit: Habit, truth: list[Truth]) -> list[bytes]:
    """The bytes of each epoch."""
    end, noise = habit.ends
    return [
        b"".join(
            line.rstrip() + end + (noise if end else b"")
            for kind in (*habit.before, *habit.order)
            for line in written(kind, t, habit)
        )
        + (b"" if end else b"\n")
        for t in truth
    ]


def check(habit: Habit, truth: list[Truth], fixes: list[Fix]) -> None:
    kinds = {*habit.before, *habit.order}
    dated = bool({"RMC", "ZDA"} & kinds)
    assert len(fixes) == len(truth)
    for fix, t in zip(fixes, truth, strict=True):
        assert fix.utc == (t.utc if dated else None)
        assert (fix.mode != "none") == t.fixed
        if not t.fixed:
            assert (fix.lat, fix.speed, fix.alt) == (None, None, None)
            continue
        assert (fix.lat, fix.lon) == (pytest.approx(t.lat, abs=1e-6), pytest.approx(t.lon, abs=1e-6))
        speaks = {"RMC", "VTG"} & kinds
        assert fix.speed == (pytest.approx(t.speed, abs=0.01) if speaks else None)
        assert fix.alt == (t.alt if {"GGA", "GNS"} & kinds else None)
        if "GST" in kinds:
            assert fix.accuracy == 5.0


def unambiguous(habit: Habit) -> Habit:
    """Without pauses nobody can tell at once to which of two positions a VTG between them belongs."""
    timed = tuple(kind for kind in habit.before if kind in ("ZDA", "GST", "GBS"))
    return msgspec.structs.replace(habit, before=timed)


@given(habits().map(unambiguous), st.integers(1, 400))
@settings(max_examples=samples(300), deadline=None)
def test_a_recording_of_any_receiver(habit: Habit, size: int) -> None:
    truth = truths(habit)
    log = b"".join(stream(habit, truth))
    decoder = Decoder()
    fixes = [fix for i in range(0, len(log), size) for fix in decoder.feed(log[i : i + size])]
    check(habit, truth, fixes + decoder.flush())
    assert (decoder.checksum_errors, decoder.refused) == (0, 0)


@given(habits(), st.booleans(), st.sampled_from(["", "RMC", "GGA", "GSV"]))
@settings(max_examples=samples(300), deadline=None)
def test_any_receiver_live(habit: Habit, pauses: bool, ends_with: str) -> None:
    habit = habit if pauses else unambiguous(habit)
    truth = truths(habit)
    decoder = Decoder(eager=True, ends_with=ends_with if habit.order[-1] == ends_with else "")
    fixes = []
    for burst in stream(habit, truth):
        for i in range(0, len(burst), 64):
            fixes += decoder.feed(burst[i : i + 64])
        fixes += decoder.idle() if pauses else []
    check(habit, truth, fixes + decoder.flush())


@given(habits(), st.integers(0, 3))
@settings(max_examples=samples(100), deadline=None)
def test_repeated_lines_make_no_epochs(habit: Habit, times: int) -> None:
    truth = truths(habit)
    log = b"".join(
        line * (1 + times) for burst in stream(habit, truth) for line in burst.splitlines(keepends=True)
    )
    decoder = Decoder()
    fixes = decoder.feed(log) + decoder.flush()
    assert len(fixes) == len(truth)


def test_the_date_of_the_truth_is_real() -> None:
    assert date(2026, 2, 28) + timedelta(days=1) == date(2026, 3, 1)  # drives go over this midnight
