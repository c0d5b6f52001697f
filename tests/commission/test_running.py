"""A unit whose service runs is commissioned from the first look to the platform that has the sheet."""

import hashlib

import pytest

from agent.cli.main import haulwatch
from agent.commission.state import STEPS
from drivers.sim.broker import broker_available
from tests.commission.terminal import Terminal, rows
from tests.doctor.unit import unit_in, write

pytestmark = [pytest.mark.hil, pytest.mark.timeout(300)]
PERSON = {"cameras", "roi", "switches"}
VEHICLE = "hil/truck-1"


@pytest.fixture
def unit(tmp_path):
    if broker_available() is None:
        pytest.skip("no broker is installed: mosquitto, or haulwatch[demo]")
    with unit_in(tmp_path) as made:
        yield made.start()


def figures(row):
    return {(f["name"], f["of"]): f["value"] for f in row["figures"]}


def alone(unit):
    """Nobody is there: what needs nobody is done, and the sheet says what is left."""
    copy = unit.folder / "copy.html"
    code, steps, last = rows(unit, "--output", str(copy))
    assert code == 0, steps
    assert hashlib.sha256(copy.read_bytes()).hexdigest() == last["sha256"]
    assert list(steps) == list(STEPS)
    assert {name for name, row in steps.items() if row["result"] == "undone"} == PERSON
    assert {row["reason"] for name, row in steps.items() if name in PERSON} == {"person"}
    assert steps["teaching"]["result"] == "warn"
    assert [f["code"] for f in steps["teaching"]["findings"]] == ["commission.untaught"]
    assert figures(steps["evidence"])["recorded", "bed"]
    assert figures(steps["evidence"])["chain", ""] == "unbroken"
    assert figures(steps["sky"])["mode", ""] == "3d"
    assert figures(steps["platform"])["trip", "city"] > 0
    assert {p["camera"] for p in steps["cameras"]["pictures"]} == {"bed"}  # nobody of the cab
    assert (last["complete"], last["recorded"]) == (False, "daemon")
    return last


def with_a_person(unit):
    """Only what was left is asked for; then all is done."""
    terminal = Terminal(unit)
    terminal.until("going on: 7 of 10 steps are done")
    for title in ("Cameras", "Corners of the bed"):
        terminal.until(f"  {title}")
        terminal.until("y it is so")
        terminal.say("y")
        terminal.until("✓ well")
    terminal.until("move each now: lift")
    write(unit.folder / "lift", "1")
    terminal.until("lift → on")
    terminal.until("y it is so")
    write(unit.folder / "lift", "0")
    terminal.say("y")
    terminal.until("all ten steps done")
    assert terminal.end() == 0


def arrived(unit, sha256):
    """The platform has the sheet, byte for byte, and the record with its hash and the steps."""

    def there(vehicles):
        return sha256 in vehicles[VEHICLE].pictures.verified

    assert unit.platform.wait_for(there, 30.0)
    assert unit.platform.invalid == []
    vehicle = unit.platform.snapshot()[VEHICLE]
    file = unit.state / "commission" / "sheets" / f"{sha256}.html"
    assert vehicle.pictures.verified[sha256].content == file.read_bytes()
    (record,) = [m for m in vehicle.events("life") if m["data"].get("sheet", {}).get("sha256") == sha256]
    (manifest,) = [m for m in vehicle.events("media") if m["data"].get("sha256") == sha256]
    assert (record["type"], manifest["type"]) == ("unit.commissioned", "commission.sheet")
    assert record["subject"] == manifest["subject"] == vehicle.pictures.verified[sha256].subject
    return record["data"]


def test_from_the_first_look_to_the_platform(unit, tmp_path, capsys):
    first = alone(unit)
    with_a_person(unit)
    code, steps, last = rows(unit)
    assert (code, steps, last["complete"], last["sheet"]) == (0, {}, True, None)  # nothing is left to do
    kept = {f.stem: f for f in (unit.state / "commission" / "sheets").glob("*.html")}
    (newest,) = kept.keys() - {first["sha256"]}
    told = arrived(unit, newest)
    assert told["complete"] is True
    assert {s["step"]: s["result"] for s in told["steps"]} == dict.fromkeys(STEPS, "ok") | {
        "teaching": "warn"
    }
    assert arrived(unit, first["sha256"])["complete"] is False
    assert hashlib.sha256(kept[newest].read_bytes()).hexdigest() == newest
    assert {f.stat().st_mode & 0o027 for f in (unit.state / "commission").rglob("*")} == {0}
    verified(kept[newest], unit.state / "device.key.pub", capsys)
    changed_corners(unit)


def verified(sheet, key, capsys):
    haulwatch(["evidence", "verify", str(sheet), "--trust", str(key)], standalone_mode=False)
    assert "genuine" in capsys.readouterr().out


def changed_corners(unit):
    """What rests on them is done again, by a person; --only does one step and a new sheet."""
    unit.tables["cameras"][0]["roi"] = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]
    unit.write()
    terminal = Terminal(unit, "--lang", "zh")
    terminal.until("此后设置有变，要重做：车厢四角")
    terminal.until("车厢四角")
    terminal.until("y 就是这样")
    terminal.say("s")
    terminal.until("为什么跳过")
    terminal.say("下雨")
    terminal.until("未完成：车厢四角")
    assert terminal.end() == 1
    code, steps, last = rows(unit, "--only", "papers")
    assert (code, list(steps), last["steps"]["roi"]) == (1, ["papers"], "skipped")
