"""The self-test of switches, supply and warnings finds each fault that it is for."""

from agent.config_file import parse_config
from agent.doctor.switches import switches
from drivers.clock import SystemClock

BASE = {"unit": {"fleet": "f", "vehicle": "v"}, "gnss": {"source": "/dev/ttyUSB0"}}


def levels(status=None, **tables):
    config = parse_config(BASE | tables, "agent.toml")
    found = list(switches(config, SystemClock(0), status))
    assert all(finding.do for finding in found if finding.level in ("warn", "fail"))
    return {(f"{f.code} {f.subject}".strip(), f.level) for f in found}


def test_each_switch_is_read(tmp_path):
    for name, text in (("good", "1"), ("cut", "3300"), ("odd", "x")):
        (tmp_path / name).write_text(text)
    adc = {"volts_per_count": 0.001, "open_v": 3.1}
    table = [
        {"role": "lift", "source": f"value:{tmp_path}/good"},
        {"role": "cover", "source": f"value:{tmp_path}/cut", **adc},
        {"role": "case", "source": f"value:{tmp_path}/odd"},
        {"role": "load", "source": f"value:{tmp_path}/none"},
    ]
    quiet = {"kinds": []}
    found = levels(switches=table, warning=quiet)
    assert found == {
        ("switch.reads lift", "ok"),
        ("switch.reads cover", "fail"),
        ("switch.reads case", "fail"),
        ("switch.reads load", "fail"),
    }
    said = {"lift": {"on": None, "fault": "stuck", "why": "unchanged"}}
    assert ("switch.reads lift", "fail") in levels({"switches": said}, switches=table[:1], warning=quiet)
    assert levels({"switches": {}}, switches=table[:1], warning=quiet) == {("switch.reads lift", "fail")}


def test_the_supply_is_measured(tmp_path):
    volts, quiet = tmp_path / "volts", {"kinds": []}
    power = {"supply": f"value:{volts}", "floor_v": 10.5}
    assert levels(power=power, warning=quiet) == {("supply.volts", "fail")}
    volts.write_text("9800")
    assert levels(power=power, warning=quiet) == {("supply.volts", "warn")}
    volts.write_text("12600")
    assert levels(power=power, warning=quiet) == {("supply.volts", "ok")}


def test_a_warning_that_nobody_can_give_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert levels() == {("warning.sound", "warn")}
    aplay = tmp_path / "aplay"
    aplay.write_text("#!/bin/sh")
    aplay.chmod(0o755)
    assert levels() == {("warning.sound", "ok")}
    assert levels(warning={"sound": False}) == {("warning.hooks", "skip")}
    assert levels(warning={"sound": False, "command": ["none"]}) == {("warning.command", "fail")}
    assert levels(warning={"sound": False, "command": ["aplay"]}) == {("warning.command", "ok")}
