"""Configuring a module over a pty: it obeys, refuses, ignores, falls silent, or is another one."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from drivers.clock import SystemClock
from drivers.errors import DeviceLost
from drivers.gnss.configure.change import Wish
from drivers.gnss.configure.session import Report, Session
from drivers.gnss.dialogue.identification import Candidate
from drivers.gnss.source.port import Port
from drivers.gnss_profile import GnssProfile
from drivers.sim.character import Settings
from drivers.sim.faults import Fault, Schedule
from drivers.sim.module import Module
from drivers.sim.obedience import character
from drivers.sim.receiver import SimReceiver
from drivers.sim.solution import Pose
from drivers.sim.worlds import straight

WORLD = straight(Pose(31.25, 121.5, 8.0, 10.0, 45.0))
TOML = """
description = "a quick module"
baud = 115200
bauds = [38400, 115200]
rate_hz = 5.0
max_rate_hz = 20.0
[identify]
ask = "version"
match = { module = "^M1$" }
[output]
order = ["RMC", "GGA", "GSA", "GSV"]
[state]
period_ms = 200
baud = 115200
gps = 1
beidou = 0
rmc = 1
gga = 1
gsa = 1
gsv = 1
module = "M1"
[[exchanges]]
name = "version"
send = "nmea PASK"
answer = "nmea PNAME,{module:s}"
[[exchanges]]
name = "rate"
sets = ["period_ms"]
send = "ubx 06 8A 01 {period_ms:u2}"
answer = "ubx 05 01 06 8A"
refuse = "ubx 05 00 06 8A"
timeout_s = 0.5
[[exchanges]]
name = "read rate"
reads = ["period_ms"]
send = "ubx 06 8B 01"
answer = "ubx 06 8B 01 {period_ms:u2}"
[[exchanges]]
name = "constellations"
sets = ["gps", "beidou"]
send = "nmea PSYS,{gps},{beidou}"
answer = "nmea POK"
[[exchanges]]
name = "sentence"
each = { rmc = {}, gga = {}, gsa = {}, gsv = {} }
sets = ["<each>"]
send = "nmea PMSG,<each>,{<each>}"
answer = "nmea POK"
[[exchanges]]
name = "baud"
sets = ["baud"]
send = "nmea PBAUD,{baud}"
"""
RATE = 'send = "ubx 06 8A 01 {period_ms:u2}"'


def profile(text: str = TOML) -> GnssProfile:
    return msgspec.convert(tomllib.loads(text), GnssProfile)


def changed(old: str, new: str) -> str:
    assert old in TOML
    return TOML.replace(old, new)


@contextmanager
def module(link: Path, text: str = TOML, *faults: Fault) -> Iterator[Module]:
    """A module of that profile at the far end of a pty."""
    behind = Module(WORLD, Settings(), Schedule(faults), character(profile(text)))
    line = SimReceiver.of(link, behind).start()
    try:
        yield behind
    finally:
        line.stop()


@contextmanager
def session(
    link: Path, bauds: tuple[int, ...] = (115200,), clock: SystemClock | None = None, text: str = TOML
) -> Iterator[Session]:
    """The module found with that profile, and read."""
    with Port.open(str(link), bauds[0]) as line:
        found = Session(str(link), line, clock or SystemClock(0))
        found.find([Candidate.of("m1", profile(text))], bauds)
        found.read()
        yield found


def configured(link: Path, wish: Wish, bauds: tuple[int, ...] = (115200,)) -> Report:
    """What `gnss configure --apply` does."""
    with session(link, bauds) as found:
        return found.apply(found.plan(wish))


@pytest.fixture
def link(tmp_path: Path) -> Path:
    return tmp_path / "gnss"


def test_only_shown_nothing_is_sent_that_changes_anything(link) -> None:
    with module(link) as there, session(link) as found:
        report = found.plan(Wish(rate_hz=10))
        assert there.state == profile().state
    assert report.result == "shown"
    assert [(c.name, c.old, c.new) for c in report.changes] == [("period_ms", 200, 100)]
    assert report.changes[0].message == ("B5 62 06 8A 03 00 01 64 00 F8 40",)
    how = {s.name: s.how for s in report.settings}
    assert how["period_ms"] == "read"
    assert how["gga"] == how["gps"] == "observed"  # there is no question for them
    assert how["beidou"] == "factory"


def test_the_rate_is_changed_and_verified(link) -> None:
    with module(link) as there:
        report = configured(link, Wish(rate_hz=10))
        assert there.state["period_ms"] == 100
    assert (report.result, report.problem) == ("applied", None)


def test_all_at_once_with_the_speed_last(link) -> None:
    with module(link) as there:
        report = configured(link, Wish(10, ("gps", "beidou"), ("rmc", "gga"), 38400), bauds=(38400, 115200))
        wanted = {"period_ms": 100, "beidou": 1, "gsa": 0, "gsv": 0, "baud": 38400}
        assert wanted.items() <= there.state.items()
    assert (report.result, report.baud, report.changes[-1].name) == ("applied", 38400, "baud")


def test_by_default_it_is_set_as_the_agent_needs_it(link) -> None:
    text = changed("gsv = 1\n", "gsv = 0\n")
    with module(link, text) as there:
        report = configured(link, Wish())
        assert (there.state["beidou"], there.state["gsv"], there.state["period_ms"]) == (1, 1, 200)
    assert report.result == "applied"


def test_a_refusal_takes_all_back(link) -> None:
    with module(link, changed("max_rate_hz = 20.0", "max_rate_hz = 5.0")) as there:
        report = configured(link, Wish(rate_hz=10, sentences=("rmc", "gga", "gsa")))
        assert there.state == profile().state
    assert (report.result, report.problem, report.left) == ("rolled back", "rate: refused", [])


def test_a_module_that_says_yes_and_does_nothing_is_found_out(link) -> None:
    with module(link, changed(f'sets = ["period_ms"]\n{RATE}', 'send = "ubx 06 8A 01 {_:2}"')) as there:
        report = configured(link, Wish(rate_hz=10))
        assert there.state["period_ms"] == 200
    assert report.result == "rolled back"
    assert report.problem == "read rate: period_ms is 200, not 100"


def test_a_setting_that_cannot_be_read_is_seen_in_the_output(link) -> None:
    text = changed('name = "sentence"', 'name = "deaf"')
    text = text.replace(
        'sets = ["<each>"]\nsend = "nmea PMSG,<each>,{<each>}"', 'send = "nmea PMSG,<each>,{_}"'
    )
    with module(link, text):
        report = configured(link, Wish(sentences=("rmc", "gga")))
    assert report.result == "rolled back"
    assert report.problem in ("gsa is still sent", "gsv is still sent")


def test_silence_takes_all_back(link) -> None:
    text = changed('name = "rate"\nsets = ["period_ms"]', 'name = "rate"').replace(RATE, 'send = "ubx 06 99"')
    with module(link, text) as there:
        report = configured(link, Wish(rate_hz=10, constellations=("gps", "beidou")))
        assert there.state == profile().state
    assert (report.result, report.problem) == ("rolled back", "rate: no answer")


def test_a_module_that_no_longer_tells_its_rate_is_not_believed(link) -> None:
    text = changed("8B 01 {period_ms:u2}", "8B 01 {told:u2}")
    told = '[codes.told]\nof = "period_ms"\ntable = { 200 = 200 }\n'
    with module(link, text.replace("[[exchanges]]", told + "[[exchanges]]", 1)) as there:
        report = configured(link, Wish(rate_hz=10))
        assert there.state == profile().state
    assert (report.result, report.problem) == ("rolled back", "read rate: no answer")


def test_a_module_that_keeps_its_speed_is_heard_again_at_it(link) -> None:
    text = changed('sets = ["baud"]\nsend = "nmea PBAUD,{baud}"', 'send = "nmea PBAUD,{_}"')
    with module(link, text) as there:
        report = configured(link, Wish(sentences=("rmc", "gga", "gsa"), baud=38400))
        assert there.state == profile().state
    assert (report.result, report.problem, report.baud) == ("rolled back", "silent at 38400 baud", 115200)


def test_a_module_lost_at_another_speed_is_said_to_be_lost(link) -> None:
    text = changed("bauds = [38400, 115200]", "bauds = [9600, 38400, 115200]")
    lost = '[codes.wrong]\nof = "baud"\ntable = { 9600 = 38400, 38400 = 9600, 115200 = 1 }\n'
    text = text.replace("{baud}", "{wrong}").replace("[[exchanges]]", lost + "[[exchanges]]", 1)
    with module(link, text):
        report = configured(link, Wish(baud=38400))
    assert report.result == "not rolled back"
    assert report.left == ["not heard again at 115200 baud"]


def test_garbage_in_between_does_no_harm(link) -> None:
    with module(link, TOML, Fault("garble", 0.0, 60.0, {"share": 0.2})) as there:
        report = configured(link, Wish(rate_hz=10))
        assert there.state["period_ms"] == 100
    assert report.result == "applied"


def test_another_module_is_not_touched(link) -> None:
    with module(link, changed('module = "M1"', 'module = "M2"')) as there:
        with pytest.raises(DeviceLost, match="a receiver at 115200 baud, but not one of these: m1"):
            configured(link, Wish(rate_hz=10))
        assert there.state["period_ms"] == 200


def test_what_the_module_does_not_have_is_refused(link) -> None:
    with module(link), session(link) as found:
        for wish, words in [
            (Wish(rate_hz=25), "does not go beyond 20 Hz"),
            (Wish(constellations=("galileo",)), "no constellation 'galileo'.* there are gps, beidou"),
            (Wish(sentences=("zda",)), "no sentence 'zda'"),
            (Wish(baud=9600), "no speed 9600; there are 38400, 115200"),
        ]:
            with pytest.raises(ValueError, match=words):
                found.plan(wish)
        report = found.apply(found.plan(Wish(rate_hz=20, baud=38400)))
    assert "raise the speed first" in (report.problem or "")
    assert report.result == "shown"


def test_what_is_saved_outlives_the_power(link) -> None:
    text = TOML + '[[exchanges]]\nname = "save"\nlayer = "flash"\nsend = "nmea PSAVE"\nanswer = "nmea POK"\n'
    with module(link, text) as there, session(link, text=text) as found:
        report = found.apply(found.plan(Wish(rate_hz=10)), save=True)
        assert report.saved
        assert report.problem is None
        there.power_on(100.0)
        assert there.state["period_ms"] == 100


def test_without_an_exchange_that_saves_it_lasts_until_the_power_goes(link) -> None:
    with module(link) as there, session(link) as found:
        report = found.apply(found.plan(Wish(rate_hz=10)), save=True)
        assert (report.result, report.saved) == ("applied", False)
        assert str(report.complaint()).endswith("it works until the power goes")
        there.power_on(100.0)
        assert there.state["period_ms"] == 200


class Impatient(SystemClock):
    """Somebody presses Ctrl-C as soon as the module has the new rate."""

    def __init__(self, there: Module) -> None:
        super().__init__(0)
        self._there, self._pressed = there, False

    def mono_ns(self) -> int:
        if not self._pressed and self._there.state["period_ms"] == 100:
            self._pressed = True
            raise KeyboardInterrupt
        return super().mono_ns()


def test_an_interruption_takes_all_back(link) -> None:
    with module(link) as there, session(link, clock=Impatient(there)) as found:
        report = found.apply(found.plan(Wish(rate_hz=10, sentences=("rmc", "gga"))))
        assert there.state == profile().state
    assert (report.result, report.problem) == ("rolled back", "interrupted")


def test_a_modules_own_usb_port_is_never_too_slow(link) -> None:
    text = changed('ask = "version"', 'ask = "version"\nusb = ["1234:00ab"]')
    with module(link), Port.open(str(link), 115200) as line:
        found = Session(str(link), line, SystemClock(0))
        found.find([Candidate.of("m1", profile(text))], (115200,), "1234:00ab")
        found.read()
        assert found.plan(Wish(rate_hz=20, baud=38400)).overload is None
