"""A receiver accused: each suspicion is injected, raised with its figures, and given up when it is over."""

from datetime import UTC, datetime, timedelta

import pytest

from drivers.gnss.testimony.line import Phrases
from drivers.readings import Suspicion

EPOCH = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
NOTHING = {"least": 99}  # no satellite reaches it: lists come, signals don't
UBLOX = Phrases(
    ok="TXT,.*ANTSTATUS=OK", open="TXT,.*ANTSTATUS=OPEN", short="TXT,.*ANTSTATUS=SHORT",
    jamming=r"PJAM,(?P<level>\d+)", jamming_at_least=3,
)  # fmt: skip


def test_signals_that_fall_together_are_jammed(drive):
    d = drive()
    d.run(60)
    d.run(60, sky={"drop": 12})
    assert 70 <= d.accused["jamming"] <= 74
    assert "fell together by 12 dB" in d.suspected["jamming"]
    assert "beidou, gps" in d.suspected["jamming"]
    d.run(59)
    assert "jamming" in d.suspected
    d.run(10)
    assert d.suspected == {}


def test_a_jammer_that_drowns_everything_at_a_standing_truck(drive):
    d = drive()
    d.run(60, speed=0.0)
    d.run(1, speed=0.0, sky={"drop": 10})
    d.run(1, speed=0.0, sky={"drop": 20})
    d.run(57, speed=0.0, fixed=False, sky=NOTHING)
    assert d.accused == {}
    d.run(10, speed=0.0, fixed=False, sky=NOTHING)
    assert set(d.suspected) == {"jamming"}
    assert "all fell together by" in d.suspected["jamming"]


def test_the_vendor_says_jammed(drive):
    d = drive(phrases=UBLOX)
    d.run(20, lines=["PJAM,1"])
    assert d.suspected == {}
    d.run(5, lines=["PJAM,3"])
    assert d.suspected == {"jamming": "the receiver says so: PJAM,3"}
    assert d.accused["jamming"] == 21
    d.run(5, lines=["PJAM,1"])
    d.run(60)
    assert d.suspected == {}


def test_an_open_antenna_is_no_jammer(drive):
    d = drive(phrases=UBLOX)
    d.run(60, lines=["GNTXT,01,01,02,ANTSTATUS=OK"])
    assert (d.statement.antenna, d.statement.antenna_inferred) == ("ok", False)
    d.run(60, sky={"drop": 15}, lines=["GNTXT,01,01,02,ANTSTATUS=OPEN"])
    assert (d.statement.antenna, d.statement.antenna_inferred) == ("open", False)
    assert d.accused == {}
    d.run(1, lines=["GNTXT,01,01,02,ANTSTATUS=SHORT"])
    assert d.statement.antenna == "short"


def test_the_antenna_is_concluded_from_the_signals_and_marked(drive):
    d = drive(antenna_blank_s=300)
    d.run(1, sky=NOTHING, fixed=False)
    assert (d.statement.antenna, d.statement.antenna_inferred) == ("unknown", False)
    d.run(300, sky=NOTHING, fixed=False)
    assert (d.statement.antenna, d.statement.antenna_inferred) == ("open", True)
    d.run(1)
    assert (d.statement.antenna, d.statement.antenna_inferred) == ("ok", True)


def test_a_teleport(drive):
    d = drive()
    d.run(60)
    d.lon += 0.5
    d.run(3)
    assert d.suspected["spoofing"].startswith("48 km in ")
    d.run(700)
    assert "spoofing" in d.suspected
    d.run(400)  # it is within reach by then
    assert d.suspected == {}


def test_a_place_after_jamming_that_no_truck_reaches(drive):
    d = drive()
    d.run(60)
    d.run(30, fixed=False, sky=False)
    d.lat += 1
    d.run(30)
    assert "111 km" in d.suspected["spoofing"]


def test_a_time_step(drive):
    d = drive()
    d.run(60)
    d.clock_s = -3600.0
    d.run(5)
    assert d.suspected["spoofing"] == "time off by -3600 s"
    assert d.statement.suspicions == (
        Suspicion("spoofing", d.statement.suspicions[0].since_ns, "time off by -3600 s"),
    )


def test_a_leap_in_height(drive):
    d = drive()
    d.run(60)
    d.alt += 4000
    d.run(5)
    assert d.suspected["spoofing"].startswith("height +4000 m in ")


@pytest.mark.parametrize(
    ("speed", "said", "words"),
    [(40.0, 10.0, "by its speed 100 m"), (5.0, 30.0, "only 5"), (50.0, 0.5, "by its speed 5 m")],
)
def test_a_speed_that_does_not_fit_the_way(drive, speed, said, words):
    d = drive()
    d.run(60, speed=speed, said=speed)
    d.run(20, speed=speed, said=said)
    assert d.accused == {}
    d.run(10, speed=speed, said=said)
    assert words in d.suspected["spoofing"]
    d.run(80, speed=speed)
    assert d.suspected == {}


def test_signals_all_alike(drive):
    d = drive()
    d.base = dict.fromkeys(d.base, 46)
    d.run(29, sky={"wander": 0.3})
    assert d.accused == {}
    d.run(10, sky={"wander": 0.3})
    assert "C/N0 of 18 satellites alike: 46 dB-Hz" in d.suspected["spoofing"]


def test_a_speed_that_is_always_zero(drive):
    d = drive()
    d.run(30, said=0.0)
    assert d.accused == {}
    d.run(5, said=0.0)
    assert d.suspected["speed_zero"].endswith("s at speed 0")
    d.run(70)
    assert d.suspected == {}


def test_a_position_frozen_at_speed(drive):
    d = drive()
    d.run(30)
    d.run(60, speed=0.0, said=12.0)
    assert d.accused == {}
    d.run(15, speed=0.0, said=12.0)
    assert d.suspected == {"frozen": "position unchanged at 43 km/h"}


def test_a_frozen_time(drive):
    d = drive()
    d.run(30)
    moment = EPOCH + timedelta(seconds=d.at)
    d.run(59, speed=0.0, utc=moment)
    assert d.accused == {}
    d.run(2, speed=0.0, utc=moment)
    assert d.suspected["frozen"].startswith("time stands at 06:00:30 for 6")
    d.run(61)
    assert d.suspected == {}


def test_no_new_epoch_while_sentences_come(drive):
    """The decoder gives a repeated epoch once only; the claim of a position stands."""
    d = drive()
    d.run(30)
    d.go_on_without_epochs(62)
    assert d.suspected["frozen"].startswith("time stands at 06:00:30")


def test_everything_frozen_but_the_time(drive):
    d = drive()
    d.run(30)
    d.run(75, speed=0.0, sky={"wander": 0.0})
    assert d.suspected["frozen"].startswith("position and every C/N0 unchanged for ")


def test_a_receiver_that_thaws_has_not_leapt(drive):
    d = drive()
    d.run(30)
    frozen = {"lat": d.lat, "lon": d.lon}
    d.run(150, sky={"wander": 0.0}, **frozen)
    assert set(d.suspected) == {"frozen"}
    d.run(70)
    assert set(d.accused) == {"frozen"}
    assert d.suspected == {}


def test_a_hidden_switch(drive):
    d = drive()
    d.run(60)
    d.run(300, fixed=False, sky=NOTHING)
    assert d.accused == {}
    d.run(2, fixed=False, sky=NOTHING)
    assert set(d.suspected) == {"hidden_switch"}
    assert "all signals gone at once, 18 satellites with 4" in d.suspected["hidden_switch"]
    assert "moving" in d.suspected["hidden_switch"]
    d.run(61)
    assert d.suspected == {}


def test_a_hidden_switch_at_a_standing_truck_needs_no_tunnel(drive):
    d = drive()
    d.run(30, speed=0.0)
    d.run(62, fixed=False, sky=NOTHING)
    assert "standing" in d.suspected["hidden_switch"]


def test_a_slow_receiver(drive):
    d = drive(rate_hz=10)
    d.run(60)
    assert d.statement.rate_hz == pytest.approx(10, abs=0.2)
    d.rate_hz = 5
    d.run(30)
    assert d.accused == {}
    d.run(12)
    assert d.suspected["slow"] == "5.0 epochs per second, the profile says 10"
    assert d.statement.rate_hz == 5.0


def test_a_damaged_line(drive):
    d = drive()
    d.run(60)
    assert d.statement.checksum_error_rate == 0.0
    d.run(30, bad=2)
    assert d.suspected["damaged_line"].endswith("% of sentences damaged")
    assert d.statement.checksum_error_rate == 0.2
    d.run(70)
    assert d.suspected == {}


def test_strength_by_constellation(drive):
    d = drive()
    d.run(1, sky={"wander": 0.0})
    assert set(d.statement.strength) == {"gps", "beidou"}
    assert d.statement.strength["beidou"].count == 8
    assert d.statement.strength["gps"].best == max(v for (c, _), v in d.base.items() if c == "gps")
    d.run(20, sky=False)
    assert d.statement.strength == {}


def test_after_the_line_was_opened_anew(drive):
    d = drive()
    d.run(60)
    d.testimony.opened()
    d.lat += 3
    d.run(20)
    assert "334 km" in d.suspected["spoofing"]
