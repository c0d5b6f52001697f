"""How scenarios are scored: the error model and its card, what counts as told, the whole in virtual time."""

from random import Random

import msgspec
import pytest
from click.testing import CliRunner

from agent.cli.sim import sim
from agent.model import Emit
from agent.rules.transitions import CLASSES
from agent.scenarios.boot import Boot, Told
from agent.scenarios.match import Event, Tally, events_of, judge
from agent.scenarios.pictures import Pictures, word
from agent.scenarios.score import known_kinds, told_of
from agent.scenarios.table import BEGIN, END, Row, markdown, write
from drivers.sim.scenario.facts import Fact
from drivers.sim.scenario.plan import Scenario
from drivers.sim.scenario.world import World

# The card's confusion on held-out renders, as counts: truth by word.
CARD = {
    "empty": (None, (118, 1, 0, 2)),
    "covered": (0.0, (7, 138, 4, 9)),
    "partly": (0.16, (3, 51, 17, 7)),
    "uncovered": (1.0, (20, 22, 3, 100)),
}
SHORT = """
says = "s"
begins = 2026-11-24T12:00:00+08:00
origin = [31.0, 121.0]
switches = []
[roads]
out = [[0, 0], [1500, 0]]
[[zones]]
id = "pit"
role = "loading"
ring = [[-60, -60], [60, 60]]
[[zones]]
id = "school"
role = "slow"
speed_limit_kmh = 20
ring = [[300, -50], [900, 50]]
[[steps]]
name = "stands"
seconds = [20, 40]
[[steps]]
name = "hauls"
road = "out"
speed = 12
[[steps]]
name = "rests"
seconds = 30
[[happens]]
kind = "power"
step = "hauls"
after = 110
seconds = 20
"""


@pytest.mark.parametrize("state", sorted(CARD))
def test_words_are_right_and_wrong_as_often_as_in_the_card(state):
    exposed, counts = CARD[state]
    said = [word(Pictures(Random(seed)).look(0, exposed, "sun", 0.0)) for seed in range(3000)]
    for name, count in zip(CLASSES, counts, strict=True):
        share, n = count / sum(counts), sum(counts)
        bound = 3 * (max(share, 2 / n) * (1 - share) / n) ** 0.5 + 0.02  # three standard errors of the card's
        assert said.count(name) / 3000 == pytest.approx(share, abs=bound), name


def test_a_strange_truck_is_strange_all_day():
    """Words of one truck are alike over hours; over trucks they differ."""
    alike = []
    for seed in range(60):
        pictures = Pictures(Random(seed))
        said = [word(pictures.look(t, 1.0, "sun", 0.0)) for t in range(0, 36000, 600)]
        alike.append(max(said.count(name) for name in CLASSES) / len(said))
        assert len(said) == 60
    assert sum(alike) / len(alike) > 0.7
    worse = [word(Pictures(Random(s)).look(0, 1.0, "infrared", 0.8)) for s in range(400)]
    better = [word(Pictures(Random(s)).look(0, 1.0, "dusk", 0.0)) for s in range(400)]
    assert worse.count("uncovered") < better.count("uncovered") - 80


def test_an_event_is_true_near_a_fact_of_its_kind_and_thing():
    facts = [
        Fact("speeding", "", 100, 150, must=True),
        Fact("zone_visit", "pit", 0, 50, must=True),
        Fact("gap", "fix", 300, 320, must=False),
    ]
    events = [
        Event("speeding", "", 125, 140, "violation"),
        Event("speeding", "", 400, 410, "violation"),
        Event("zone_visit", "field", 0, 40, "info"),
        Event("gap", "fix", 301, 322, "info"),
        Event("could_not_check", "load", 500, 600, "notice"),
    ]
    verdict = judge(facts, events, {"speeding", "zone_visit", "gap"})
    assert [(e.kind, e.begin) for e in verdict.false] == [("speeding", 400), ("zone_visit", 0)]
    assert [f.about for f in verdict.missed] == ["pit"]
    assert verdict.tallies["speeding"] == Tally(facts=1, found=1, events=2, true=1)
    assert verdict.tallies["gap"] == Tally(facts=0, found=0, events=1, true=1)


def test_facts_that_the_agent_cannot_tell_are_not_counted():
    verdict = judge([Fact("landslide", "", 0, 9, must=True)], [], {"speeding"})
    assert (verdict.tallies, verdict.missed) == ({}, [])


def test_episodes_are_put_together_over_boots():
    first, second = Boot(0, 0, 100), Boot(1, 150, 300)

    def told(t, within, kind, **data):
        return Told(t, within, Emit("event", kind, "s-1", data, "violation"))

    rows = [
        told(60, first, "speeding.started", since_us=first.mono_ns(50) // 1000),
        told(151, second, "speeding.ended", until_us=first.mono_ns(70) // 1000, boot=first.name),
    ]
    (event,) = events_of(rows, 300)
    assert (event.begin, event.end) == (50, 70)
    (lasting,) = events_of(rows[:1], 300)
    assert lasting.end == 300


def test_a_short_world_in_virtual_time():
    """Zones, speed and a pulled plug: what was known before it stays told, and the gap is told after it."""
    world = World(Scenario.read(SHORT), 3)
    told = {(e.kind, e.about) for e in told_of(world)}
    assert told >= {("speeding", ""), ("gap", "agent")}
    assert {kind for kind, _ in told} <= known_kinds()


def test_scores_are_the_same_again_and_in_a_document(tmp_path):
    scenario, document = tmp_path / "short.toml", tmp_path / "page.md"
    scenario.write_text(SHORT)
    document.write_text(f"# Scores\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    ask = ["score", str(scenario), "--seeds", "1", "--jobs", "1"]
    assert CliRunner().invoke(sim, [*ask, "--write", str(document)]).exit_code == 0
    once = document.read_text()
    assert "| short | 1 |" in once
    assert "old" not in once
    assert once.endswith(f"{END}\n\nafter\n")
    assert CliRunner().invoke(sim, [*ask, "--write", str(document)]).exit_code == 0
    assert document.read_text() == once
    made = msgspec.json.decode(CliRunner().invoke(sim, [*ask, "--json", "--flaws"]).output)
    assert made["scenario"] == "short"
    assert made["flaws"][0]["seed"] == 0


def test_tables_say_what_they_are_of(tmp_path):
    tally = Tally(facts=4, found=1, events=2, true=2)
    lines = markdown([Row("s", 2, 0.5, tally, Tally(), {"speeding": tally})], {"trip"}, "1+ab")
    assert "| s | 2 | 0.5 | 1.00 (2/2) | 0.25 (1/4) | - | - |" in lines
    assert lines[-1].startswith("Rules `1+ab`.")
    assert lines[-1].endswith("`trip`.")
    bare = tmp_path / "bare.md"
    bare.write_text("no marks")
    with pytest.raises(Exception, match="scores: begin"):
        write(bare, lines)
