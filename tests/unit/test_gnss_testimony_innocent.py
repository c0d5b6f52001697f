"""What looks odd and is none of it: these receivers must not be accused, however long one listens."""

import random

import pytest

from drivers.gnss.testimony.line import Phrases

NOTHING = {"least": 99}


def test_a_good_receiver_for_an_hour(drive):
    d = drive()
    d.run(1800)
    d.run(1800, speed=0.0)
    assert d.accused == {}
    assert (d.statement.antenna, d.statement.antenna_inferred) == ("ok", True)
    assert d.statement.rate_hz == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("rate_hz", [0.2, 5, 10])
def test_other_rates(drive, rate_hz):
    d = drive(rate_hz=rate_hz)
    d.run(200)
    assert d.accused == {}


def test_a_street_between_high_buildings(drive):
    """Low and far satellites are hidden, the others weak in their own ways; the position leaps about."""
    d, wild = drive(), random.Random(3)
    d.run(60)
    for _ in range(20):
        hidden = {n: wild.choice([0, 2, 9, 18, 40]) for n in range(1, 11)}
        for _ in range(10):
            d.run(
                1,
                speed=6.0,
                sky={"drop": hidden.get, "wander": 3.0},
                lat=d.lat + wild.gauss(0, 60) / 111_000,
                lon=d.lon + wild.gauss(0, 60) / 95_700,
                alt=d.alt + wild.gauss(0, 60),
            )
    assert d.accused == {}


@pytest.mark.parametrize("fade_s", [0, 1, 3, 8])
def test_a_tunnel_of_a_minute(drive, fade_s):
    d = drive()
    d.run(120, speed=20.0)
    for i in range(fade_s):
        d.run(1, speed=20.0, sky={"drop": lambda n, i=i: (i + 1) * 30 / fade_s + n})
    d.run(60, speed=20.0, fixed=False, sky=NOTHING)
    d.run(3, speed=20.0, fixed=False, sky={"drop": 10})
    d.run(120, speed=20.0)
    assert d.accused == {}


def test_a_long_tunnel_that_fades(drive):
    d = drive()
    d.run(120, speed=20.0)
    for i in range(6):  # those ahead are hidden first, those behind last
        d.run(1, speed=20.0, sky={"drop": lambda n, i=i: i * (4 + n)})
    d.run(900, speed=20.0, fixed=False, sky=NOTHING)
    d.run(120, speed=20.0)
    assert d.accused == {}


def test_parked_with_static_hold(drive):
    """The position rests to the last digit and the speed is 0; the signals breathe."""
    d = drive()
    d.run(60)
    d.run(3600, speed=0.0)
    assert d.accused == {}


def test_parked_without_static_hold(drive):
    d, drift = drive(), random.Random(5)
    for i in range(900):
        d.run(1, speed=0.0, lat=d.lat + (drift.gauss(0, 3) + i % 300 / 10) / 111_000)
    assert d.accused == {}


def test_a_cold_start_that_converges(drive):
    """Nothing, then a first 2D fix kilometres off at a wrong height, all leap seconds late."""
    d = drive()
    d.run(30, speed=0.0, fixed=False, sky=NOTHING, utc=None)
    d.run(30, speed=0.0, fixed=False, sky={"drop": 15})
    d.clock_s = -18.0
    for metres in (4000, 2500, 1500, 700, 300, 100):
        d.run(1, speed=0.0, lat=d.lat + metres / 111_000, mode="2d", alt=0.0, hdop=4.0)
    d.run(60, speed=0.0, mode="2d", alt=0.0)
    d.clock_s = 0.0
    d.run(120, speed=0.0)
    assert d.accused == {}


def test_a_constellation_switched_off(drive):
    d = drive()
    d.run(60)
    d.base = {key: cn0 for key, cn0 in d.base.items() if key[0] == "gps"}
    d.run(120)
    assert d.accused == {}


def test_a_passive_antenna_called_open_in_a_tunnel(drive):
    """Such a module says open all the time; its word shortens no patience and hides no jammer."""
    d = drive(phrases=Phrases(open="ANTENNA OPEN"))
    said = ["GPTXT,01,01,01,ANTENNA OPEN"]
    d.run(60, lines=said)
    d.run(200, lines=said, fixed=False, sky=NOTHING)
    d.run(60, lines=said)
    assert d.accused == {}
    assert d.statement.antenna == "open"
    d.run(30, lines=said, sky={"drop": 12})
    assert set(d.accused) == {"jamming"}


def test_a_bridge(drive):
    d = drive()
    d.run(60)
    d.run(2, sky={"drop": 14}, fixed=False)
    d.run(60)
    assert d.accused == {}


def test_no_list_of_satellites(drive):
    d = drive()
    d.run(120, sky=False)
    d.run(600, sky=False, fixed=False)
    d.run(120, sky=False)
    assert d.accused == {}
    assert (d.statement.antenna, d.statement.strength) == ("unknown", {})


def test_no_speed_and_no_date(drive):
    """GGA or GLL alone: neither speed nor date."""
    d = drive()
    d.run(300, said=None, utc=None, quality=None, hdop=None)
    d.run(120, speed=0.0, said=None, utc=None)
    assert d.accused == {}


def test_a_single_odd_position(drive):
    d = drive()
    d.run(60)
    d.run(1, lat=12.0, lon=99.0, alt=9000.0)
    d.run(60)
    assert d.accused == {}


def test_a_count_of_weeks_that_rolls_over(drive):
    d = drive()
    d.run(60)
    d.clock_s = -1024 * 7 * 86400.0
    d.run(60)
    assert d.accused == {}


def test_a_sky_that_fades_slowly(drive):
    """Rain on the antenna, or an engine bay that warms up: 15 dB in two minutes."""
    d = drive()
    d.run(60)
    for i in range(120):
        d.run(1, sky={"drop": i / 8})
    d.run(120, sky={"drop": 15})
    assert d.accused == {}


def test_a_tunnel_in_which_all_signals_fade_alike(drive):
    """It cannot be told from a strong jammer while the truck moves, so nobody is accused."""
    d = drive()
    d.run(120, speed=20.0)
    for i in range(3):
        d.run(1, speed=20.0, sky={"drop": 10 * i})
    d.run(900, speed=20.0, fixed=False, sky=NOTHING)
    d.run(60, speed=20.0)
    assert d.accused == {}


def test_a_ferry_and_a_long_gap(drive):
    d = drive()
    d.run(60)
    d.at += 7200
    d.lat += 1.0
    d.run(60)
    assert d.accused == {}


def test_a_reader_that_was_held_up(drive):
    """Twenty seconds of epochs are read at one moment: their stamps are alike, their times are not."""
    d = drive()
    d.run(60)
    d.at += 25
    d.clock_s = -25.0
    for _ in range(25):
        d.clock_s += 1.0
        d.at -= 1.0
        d.lon += 10 / 95_700
        d.run(1, speed=0.0, said=10.0)
    d.run(60)
    assert d.accused == {}


def test_an_unplugged_line(drive):
    d = drive()
    d.run(60)
    for _ in range(120):
        d.at += 1
        d.testimony.count(d.good, d.bad, d.now)
        d.statement = d.testimony.statement(d.now)
        assert d.statement.suspicions == ()
    assert d.statement.rate_hz == 0.0
    d.testimony.opened()
    d.run(60)
    assert d.accused == {}


def test_one_damaged_sentence_now_and_then(drive):
    d = drive()
    for _ in range(20):
        d.run(1, bad=3)
        d.run(29)
    assert d.accused == {}
