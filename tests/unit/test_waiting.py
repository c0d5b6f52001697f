"""What a start waits for after the agent stopped by itself."""

import pytest

from agent.config_file import parse_config
from agent.model import Halt
from agent.waiting import Gate, leave_note, wait

SECOND = 1_000_000_000


class Hands:
    """A clock that is turned by hand."""

    def __init__(self, boot="this-boot"):
        self.boot, self.now = boot, SECOND

    def mono_ns(self):
        return self.now


class Bench:
    """A unit with an ignition and a supply on files; `told` is what the service manager hears."""

    def __init__(self, folder, then="stop"):
        self.folder, self.clock, self.told = folder, Hands(), []
        self.put("ignition", 0)
        self.put("volts", 12600)
        power = {"then": then, "supply": f"value:{folder}/volts", "floor_v": 10.5, "recover_v": 11.5}
        document = {
            "unit": {"fleet": "f", "vehicle": "v"},
            "gnss": {"source": "/dev/ttyUSB0"},
            "journal": {"path": str(folder / "journal.db")},
            "switches": [{"role": "ignition", "source": f"value:{folder}/ignition"}],
            "power": power,
        }
        self.config = parse_config(document, "agent.toml")

    def put(self, name, number):
        (self.folder / name).write_text(f"{number}\n")

    def start(self, *later):
        """Whether it starts, and after how many looks; each of `later` is done in a pause."""
        steps = iter(later)
        looks = 0

        def pause(seconds):
            nonlocal looks
            looks += 1
            self.clock.now += round(seconds * 2 * SECOND)
            step = next(steps, None)
            if step:
                self.put(*step)

        started = wait(Gate(self.config, self.clock), lambda: looks > 30, pause, self.told.append)
        return started, looks


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_a_first_start_waits_for_nothing(bench):
    assert bench.start() == (True, 0)
    assert bench.told == []


def test_after_a_stop_by_the_ignition_it_waits_for_it(bench):
    leave_note(bench.config, bench.clock.boot, Halt("ignition", "off"))
    started, looks = bench.start(None, None, ("ignition", 1))
    assert started
    assert 3 <= looks <= 6
    assert bench.told[0] == "READY=1\nWATCHDOG=1\nSTATUS=waiting: the ignition is off"
    assert bench.told[-1] == "STATUS="


@pytest.mark.parametrize("why", ["another boot", "another stop", "sleep"])
def test_the_note_counts_for_this_boot_and_this_setting_alone(bench, tmp_path, why):
    leave_note(bench.config, bench.clock.boot, Halt("ignition", "off"))
    if why == "another boot":
        bench.clock.boot = "next-boot"
    elif why == "another stop":
        leave_note(bench.config, bench.clock.boot, None)
    else:
        bench = Bench(tmp_path, then="sleep")
    assert bench.start() == (True, 0)


def test_a_line_that_is_lost_or_bounces_is_no_reason_to_wait(bench):
    leave_note(bench.config, bench.clock.boot, Halt("ignition", "off"))
    (bench.folder / "ignition").unlink()
    assert bench.start()[0]


def test_a_low_supply_is_waited_for_in_any_case_and_after_a_stop_until_it_recovered(bench):
    bench.put("volts", 11000)
    assert bench.start() == (True, 0)
    leave_note(bench.config, bench.clock.boot, Halt("supply", "low"))
    started, looks = bench.start(None, ("volts", 11600))
    assert started
    assert 2 <= looks <= 3
    leave_note(bench.config, bench.clock.boot, None)
    bench.put("volts", 9000)
    assert bench.start() == (False, 31)
    assert "the supply is low, 9.0 V" in bench.told[-2]


def test_a_folder_that_cannot_be_written_to_stops_nobody(bench, caplog):
    (bench.folder / "waits-for").mkdir()
    leave_note(bench.config, bench.clock.boot, Halt("ignition", "off"))
    assert "waits-for" in caplog.text
    assert bench.start() == (True, 0)
