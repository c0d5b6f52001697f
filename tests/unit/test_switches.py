"""Switches and the supply read from value files: words, debounce, faults, and what an address may be."""

import inspect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config_file import parse_config
from agent.errors import ConfigError
from agent.switch_setup import switch_setup
from drivers.clock import SystemClock
from drivers.readings import SupplyState
from drivers.switches.address import Line, ValueFile, parse_source
from drivers.switches.gpio import GpioReader
from drivers.switches.outputs import output
from drivers.switches.sample import Sample
from drivers.switches.spec import Contact, Scale, SupplySpec, SwitchSpec
from drivers.switches.watch import SwitchSetup, SwitchWatch
from drivers.switches.word import Word

SECOND = 1_000_000_000
SCALE = Scale(0.001, low_v=1.0, high_v=2.0, short_v=0.2, open_v=3.1)


class Hands:
    """A clock that is turned by hand."""

    boot = "boot"

    def __init__(self):
        self.now = SECOND

    def mono_ns(self):
        return self.now


class Bench:
    """Switches on files in a folder; `said` is what the worker sent."""

    def __init__(self, folder, *specs, supply=None):
        self.folder, self.clock, self.said = folder, Hands(), []
        self.watch = SwitchWatch(SwitchSetup(specs, supply), self.clock, self.said.append)

    def put(self, name, text):
        (self.folder / name).write_text(text)

    def go(self, seconds):
        for _ in range(round(seconds * 10)):
            self.clock.now += SECOND // 10
            self.watch.look()
        return self.newest()

    def newest(self):
        return {
            state.switch: state.fault or state.on for state in self.said if not isinstance(state, SupplyState)
        }


def on_file(folder, role="cover", name="line", **more):
    values = {"active": "high", "scale": None} | more
    contact = Contact(f"value:{folder / name}", values.pop("active"), values.pop("scale"))
    return SwitchSpec(role, contact, **values)


def test_a_level_becomes_a_word_when_it_held(tmp_path):
    bench = Bench(tmp_path, on_file(tmp_path, debounce_s=0.5))
    bench.put("line", "0\n")
    assert bench.go(1) == {"cover": False}
    for text in "1010":
        bench.put("line", text)
        assert bench.go(0.2) == {"cover": False}, "it bounces"
    bench.put("line", "1")
    assert bench.go(1) == {"cover": True}


def test_it_is_said_at_each_change_and_each_second(tmp_path):
    bench = Bench(tmp_path, on_file(tmp_path, active="low"))
    bench.put("line", "1")
    bench.go(5)
    assert 4 <= len(bench.said) <= 6
    assert not any(state.on for state in bench.said)


@pytest.mark.parametrize(
    ("raw", "says"),
    [("1500", False), ("2500", True), ("900", False), ("150", "short"), ("3200", "open")],
)
def test_a_voltage_says_on_off_or_what_is_wrong_with_the_wire(tmp_path, raw, says):
    bench = Bench(tmp_path, on_file(tmp_path, scale=SCALE))
    bench.put("line", raw)
    assert bench.go(1) == {"cover": says}


def test_between_its_thresholds_a_voltage_says_what_it_said(tmp_path):
    bench = Bench(tmp_path, on_file(tmp_path, scale=SCALE))
    for raw, says in (("2500", True), ("1500", True), ("800", False), ("1500", False)):
        bench.put("line", raw)
        assert bench.go(1) == {"cover": says}


def test_a_line_that_is_lost_says_why_and_touches_no_other(tmp_path):
    bench = Bench(tmp_path, on_file(tmp_path), on_file(tmp_path, "lift", "other"))
    bench.put("other", "1")
    assert bench.go(1) == {"cover": "lost", "lift": True}
    assert bench.said[0].why == f"{tmp_path}/line: No such file or directory"
    bench.put("line", "abc")
    bench.go(1.1)
    bench.put("line", "7")
    bench.go(1.1)
    whys = {state.why for state in bench.said if state.fault}
    assert f"{tmp_path}/line: 'abc' is no number" in whys
    assert f"{tmp_path}/line: 7 is neither 0 nor 1" in whys
    bench.put("line", "0")
    assert bench.go(1)["cover"] is False


def test_two_contacts_that_differ_for_long_are_a_conflict(tmp_path):
    second = Contact(f"value:{tmp_path}/second", "low")
    bench = Bench(tmp_path, on_file(tmp_path, second=second))
    bench.put("line", "1")
    bench.put("second", "0")
    assert bench.go(1) == {"cover": True}
    bench.put("second", "1")
    assert bench.go(0.8) == {"cover": True}, "they need not change in the same moment"
    assert bench.go(1) == {"cover": "conflict"}
    bench.put("line", "0")
    assert bench.go(1) == {"cover": False}


def test_a_switch_that_never_moves_while_its_peers_do_is_stuck(tmp_path):
    bench = Bench(
        tmp_path,
        on_file(tmp_path, stuck_s=20, stuck_moves=4),
        on_file(tmp_path, "lift", "lift"),
        on_file(tmp_path, "ignition", "ignition", stuck_s=20, stuck_moves=4),
    )
    bench.put("line", "0")
    bench.put("lift", "0")
    bench.put("ignition", "1")
    assert bench.go(60)["cover"] is False, "nothing moved"
    for text in "1010":
        bench.put("lift", text)
        bench.go(2)
    assert bench.newest() == {"cover": "stuck", "lift": False, "ignition": "stuck"}
    bench.put("line", "1")
    assert bench.go(1)["cover"] is True


def test_the_supply_is_low_until_it_has_recovered(tmp_path):
    supply = SupplySpec(f"value:{tmp_path}/volts", 0.001, floor_v=10.5, recover_v=11.5)
    bench = Bench(tmp_path, supply=supply)
    low = []
    for raw in ("12600", "10400", "11000", "11600", "x"):
        bench.put("volts", raw)
        bench.go(12)
        low.append((bench.said[-1].volts, bench.said[-1].low))
    assert low == [(12.6, False), (10.4, True), (11.0, True), (11.6, False), (None, False)]
    assert 5 <= len(bench.said) <= 10, "each ten seconds, and at each change"


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([True, False, None])), max_size=60))
def test_a_word_never_changes_faster_than_its_debounce(steps):
    word, now, changed, last = Word(SwitchSpec("lift", Contact("value:/x"), debounce_s=1.0)), 0, None, None
    for tenths, on in steps:
        now += tenths * SECOND // 2
        said = word.take(now, (Sample(on, None if on is not None else "lost"),), 0)
        if said is not None and (said.on, said.fault) != last:
            assert changed is None or now - changed >= SECOND or tenths == 0
            last, changed = (said.on, said.fault), now


def test_addresses():
    assert parse_source("gpio:/dev/gpiochip0/17") == Line("/dev/gpiochip0", 17)
    assert parse_source("value:/sys/class/gpio/gpio4/value") == ValueFile("/sys/class/gpio/gpio4/value")
    for wrong in ("", "gpio:17", "gpio:/dev/gpiochip0/x", "value:relative", "gpio:/dev/gpiochip0/-1"):
        with pytest.raises(ValueError, match="no address"):
            parse_source(wrong)


def test_a_chip_that_cannot_be_had_is_lost_and_says_why():
    line = GpioReader(parse_source("gpio:/dev/null/4"), "high", 0.2, SystemClock(0))
    assert line.read() == Sample(None, "lost", line.read().why)
    assert line.read().why.startswith("/dev/null line 4: ")
    assert line.fileno() is None
    line.close()


def test_the_line_is_asked_for_as_libgpiod_2_wants_it():
    import gpiod
    from gpiod.line import Direction, Edge

    line = GpioReader(Line("/dev/gpiochip0", 17), "low", 0.2, SystemClock(0))
    asked = line.options(0.2)
    inspect.signature(gpiod.request_lines).bind("/dev/gpiochip0", **asked)
    ((offset, settings),) = asked["config"].items()
    assert isinstance(settings, gpiod.LineSettings)
    assert (offset, settings.direction, settings.edge_detection) == (17, Direction.INPUT, Edge.BOTH)
    assert settings.active_low
    assert settings.debounce_period.total_seconds() == 0.2


def test_an_output_is_a_file_that_is_there(tmp_path):
    lamp = output(f"value:{tmp_path}/lamp")
    with pytest.raises(OSError, match="No such file"):
        lamp.set(on=True)
    (tmp_path / "lamp").write_text("0\n")
    lamp.set(on=True)
    assert (tmp_path / "lamp").read_text() == "1\n"
    lamp.close()


BASE = {"unit": {"fleet": "f", "vehicle": "v"}, "gnss": {"source": "/dev/ttyUSB0"}}
LIFT = {"role": "lift", "source": "gpio:/dev/gpiochip0/4"}


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"switches": [LIFT, LIFT]}, "the role 'lift' stands twice"),
        ({"switches": [LIFT | {"source": "4"}]}, "$.switches[0].source: '4' is no address of a switch"),
        ({"switches": [LIFT | {"volts_per_count": 0.1}]}, "a voltage is read from a value file"),
        ({"switches": [LIFT | {"open_v": 3.0}]}, "short_v and open_v are of a voltage"),
        (
            {"switches": [{"role": "lift", "source": "value:/x", "volts_per_count": 1.0, "low_v": 3.0}]},
            "not short_v <= low_v < high_v <= open_v",
        ),
        ({"power": {"floor_v": 10.0}}, "there is no supply"),
        ({"power": {"supply": "value:/x", "floor_v": 10.0, "recover_v": 9.0}}, "is below floor_v"),
        ({"warning": {"gpio": "x"}}, "$.warning.gpio"),
        ({"warning": {"gpio": "value:/x", "gpio_s": 20.0}}, "is not below timeout_s"),
        ({"warning": {"kinds": ["dumping"]}}, "$.warning.kinds"),
    ],
    ids=lambda v: json.dumps(v) if isinstance(v, dict) else "",
)
def test_what_contradicts_itself_is_refused(tables, says):
    with pytest.raises(ConfigError) as e:
        parse_config(BASE | tables, "agent.toml")
    assert says in str(e.value)


def test_a_configuration_becomes_a_setup():
    config = parse_config(BASE | {"switches": [LIFT], "power": {"supply": "value:/x"}}, "agent.toml")
    setup = switch_setup(config)
    assert setup.switches == (SwitchSpec("lift", Contact("gpio:/dev/gpiochip0/4")),)
    assert setup.supply == SupplySpec("value:/x", 0.001)
