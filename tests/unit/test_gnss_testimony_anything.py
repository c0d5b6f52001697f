"""Whatever a receiver sends: the testimony stands, and forgets."""

import tracemalloc
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.gnss.testimony import witness
from drivers.gnss.testimony.limits import Thresholds
from drivers.gnss.testimony.line import Phrases
from drivers.readings import Fix, Signal
from tests.samples import samples

EPOCH = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
SAID = Phrases(open="OPEN", short="SHORT", ok="OK", jamming=r"JAM (?P<level>.*)", jamming_at_least=2)
number = st.one_of(st.none(), st.floats(-1e9, 1e9))
fixes = st.builds(
    Fix,
    mono_ns=st.just(0),
    mode=st.sampled_from(["none", "2d", "3d"]),
    utc=st.one_of(st.none(), st.integers(-(10**9), 10**9).map(lambda s: EPOCH + timedelta(seconds=s))),
    lat=st.one_of(st.none(), st.floats(-90, 90)),
    lon=st.one_of(st.none(), st.floats(-180, 180)),
    alt=number,
    speed=st.one_of(st.none(), st.floats(0, 1e4)),
    quality=st.one_of(st.none(), st.integers(0, 9)),
    hdop=st.one_of(st.none(), st.floats(0, 100)),
)
signals = st.lists(
    st.builds(
        Signal,
        st.sampled_from(["gps", "beidou", "sbas"]),
        st.integers(1, 99),
        cn0=st.one_of(st.none(), st.integers(0, 99)),
    ),
    max_size=40,
)
notices = st.lists(st.sampled_from(["OPEN", "SHORT", "OK", "JAM 3", "JAM x", "JAM 1", ""]), max_size=4)
second = st.tuples(st.sampled_from([0, 1, 1, 1, 1, 7, 4000]), st.lists(fixes, max_size=3), signals, notices)


@settings(deadline=None, max_examples=samples(200))
@given(story=st.lists(second, max_size=60))
def test_nothing_escapes_and_what_is_said_makes_sense(story):
    testimony = witness.Testimony(Thresholds(settle_s=0, jam_after_s=0, frozen_s=3), SAID, 1.0)
    now = count = 0
    for step, some, sky, lines in story:
        now += step * 10**9
        for fix in some:
            testimony.fix(Fix(now, *[getattr(fix, name) for name in Fix.__struct_fields__[1:]]))
        testimony.sky(sky, now)
        testimony.notices(lines, now)
        count += len(some)
        testimony.count(count, count // 7, now)
        said = testimony.statement(now)
        kinds = [s.kind for s in said.suspicions]
        assert len(kinds) == len(set(kinds))
        assert all(s.why and 0 <= s.since_ns <= now for s in said.suspicions)
        assert said.checksum_error_rate is None or 0 <= said.checksum_error_rate <= 1


def test_half_an_hour_at_ten_hertz_takes_no_more_memory_than_ten_minutes(drive):
    d = drive(rate_hz=10)
    d.run(600)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        d.run(1200)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 100_000
