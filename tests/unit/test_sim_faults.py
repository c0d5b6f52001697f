"""The schedule of a simulated receiver's faults: what is read, what is refused, when each is on."""

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sim.fault_file import ScheduleError, fault, read_schedule
from drivers.sim.faults import KINDS, Fault, Schedule

DOCUMENT = Path(__file__).parents[2] / "docs" / "simulated-receiver.md"

TOML = """# a bad day
[[faults]]
at = 60
kind = "jam"
duration = 20.5
db = 25

[[faults]]
kind = "unplug"
at = 5
"""


def test_both_forms_say_the_same():
    lines = '{"at": 60, "kind": "jam", "duration": 20.5, "db": 25}\n\n{"kind": "unplug", "at": 5}\n'
    expected = [Fault("unplug", 5.0), Fault("jam", 60.0, 20.5, {"db": 25.0})]
    assert read_schedule(TOML) == read_schedule(lines) == expected
    assert read_schedule("") == read_schedule("# nothing fails\n") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('[[faults]]\nat = 1\n\nkind = "jem"\n', ["line 4", "'kind'", "'jem'", "'jam'"]),
        ('{"at": 1, "kind": "jam"}\n{"at": 2, "kind": "jam", "dv": 3}', ["line 2", "'dv'", "'db'"]),
        ('[[faults]]\nkind = "jam"\n[[faults]]\nkind = "jam"\ndv = 3\n', ["line 5", "'dv'", "'db'"]),
        ('{"kind": "frozen", "time": "stading"}', ["line 1", "'time'", "'standing'"]),
        ('[[faults]]\nkind = "jam"\ndb = -1\n', ["line 3", "'db'", "-1"]),
        ('[[faults]]\nkind = "jam"\ndb = true\n', ["line 3", "'db'", "True"]),
        ('[[faults]]\nkind = "spoof"\nlat = 3\n', ["line 3", "'lat'", "lon"]),
        ('[[faults]]\nkind = "restart"\nduration = 3\n', ["line 3", "'duration'", "'restart'"]),
        ("[[faults]]\nat = 3\n", ["line 1", "'kind'", "missing"]),
        ("\n[[fault]]\nat = 3\n", ["line 2", "'fault'", "[[faults]]"]),
        ("faults = 3", ["'faults'"]),
        ('{"at": 1, "kind": "jam"}\nnonsense', ["line 2"]),
        ('{"at": NaN, "kind": "jam"}', ["line 1", "'at'"]),
        ("at = = 1", ["line 1"]),
    ],
)
def test_what_cannot_be_meant_is_named(text, names):
    with pytest.raises(ScheduleError) as refused:
        read_schedule(text)
    assert all(name in str(refused.value) for name in names), refused.value


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text):
    with contextlib.suppress(ScheduleError):
        assert isinstance(read_schedule(text), list)


def test_when_faults_are_on():
    schedule = Schedule([fault("jam", 10, 5), fault("jam", 12, 1, db=40), fault("stall", 14)])
    on = [sorted(schedule.active(t)) for t in (9.999, 10.0, 14.0, 14.999, 15.0, 1e9)]
    assert on == [[], ["jam"], ["jam", "stall"], ["jam", "stall"], ["stall"], ["stall"]]
    assert schedule.active(12.5)["jam"].number("db") == 40
    assert schedule.active(13.5)["jam"].number("db") == 30
    schedule.clear("stall", 20.0)
    assert not schedule.active(20.0)


def test_instant_faults_come_once():
    schedule = Schedule([fault("restart", 10), fault("baud", 5)])
    assert [f.kind for f in schedule.due(7)] == ["baud"]
    schedule.inject(fault("restart", 8, start="hot"))
    assert [f.word("start") for f in schedule.due(20)] == ["hot", "cold"]
    assert not list(schedule.due(30))


def test_the_document_describes_each_fault_with_its_parameters_and_no_other():
    section = DOCUMENT.read_text().partition("## Faults")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|(.*)\|$", section, re.M)
    assert sorted(kind for kind, *_ in rows) == sorted(KINDS)
    for kind, _, parameters in rows:
        described = dict(re.findall(r"`(\w+)`(?: \(([^)]*)\))?", parameters))
        assert sorted(described) == sorted(KINDS[kind].parameters), kind
        for name, default in described.items():
            known = KINDS[kind].parameters[name].default
            assert default == (
                "" if known is None else f"{known:g}" if isinstance(known, float) else str(known)
            )


def test_the_documents_examples_run():
    text = DOCUMENT.read_text()
    [schedule], [program] = (re.findall(rf"```{kind}\n(.*?)```", text, re.S) for kind in ("toml", "python"))
    assert [f.kind for f in read_schedule(schedule)] == ["jam", "unplug"]
    exec(program, {})  # noqa: S102 - our own document
