"""Scenario files: what is refused, and that it is said where and why."""

import pytest

from agent.layers.geojson import zones_of
from agent.layers.permits import permits_of
from agent.scenarios.documents import FLEET, VEHICLE, permits_document, zones_document
from agent.scenarios.score import config_of, shipped, world_of
from drivers.errors import ProfileError
from drivers.sim.film.film import Film
from drivers.sim.scenario.film import script_of
from drivers.sim.scenario.plan import Scenario
from drivers.sim.scenario.truth import truth
from drivers.sim.scenario.world import World

WANTED = {
    "honest_day", "uncovered_haul", "night_dumping", "cover_opened", "tunnel_load_change", "jammer",
    "speed_zero_jammer", "antenna_switch", "lens_covered", "power_pulled", "permit_expired_at_noon",
    "broker_down_six_hours", "clock_unset", "two_sinks",
}  # fmt: skip
HEAD = """
says = "s"
begins = 2026-11-24T09:00:00+08:00
origin = [31.0, 121.0]
[roads]
r = [[0, 0], [500, 0]]
"""
STEP = '[[steps]]\nname = "a"\nseconds = 10\n'


def test_the_scenarios_that_were_promised_are_shipped():
    assert set(shipped()) >= WANTED


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_shipped_scenario_is_whole(name):
    world = world_of(name, 0)
    assert any(fact.must for fact in truth(world))
    assert zones_of(zones_document(world)).problems == ()
    document = permits_document(world)
    if document is not None:
        sheet = permits_of(document)
        assert sheet.problems == ()
        assert len(sheet.of(f"{FLEET}/{VEHICLE}", None)) == len(world.scenario.permits)
    assert config_of(world.scenario).sinks
    script = script_of(world)
    assert script.duration_s == world.seconds
    assert Film.open(None, script).truth(world.seconds - 1).state == world.now(world.seconds - 1).bed.state


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + '[[steps]]\nroad = "x"\n', "no road 'x': r - at `$.steps[0]`"),
        (HEAD + '[[steps]]\nroad = "r"\nseconds = 3\n', "seconds to stand, or a road"),
        (HEAD + "[[steps]]\nseconds = [20, 10]\n", "seconds is no range"),
        (HEAD + '[[steps]]\nroad = "r"\nspeed = 90\n', "speed is no range"),
        (HEAD + "[[steps]]\nseconds = 1\nlaoded = true\n", "laoded"),
        (HEAD + STEP + STEP, "two steps are called a"),
        (HEAD + STEP + '[[happens]]\nkind = "link"\nstep = "b"\n', "no step is called 'b': a"),
        (HEAD + STEP + '[[happens]]\nkind = "receiver.jamm"\nstep = "a"\n', "did you mean 'jam'"),
        (HEAD + STEP + '[[happens]]\nkind = "receiver.jam"\nstep = "a"\ngiven = {dB = 3}\n', "'db'"),
        (HEAD + STEP + '[[happens]]\nkind = "camera.gone"\nstep = "a"\n', "no fault 'gone' of a camera"),
        (HEAD + STEP + '[[happens]]\nkind = "storm"\nstep = "a"\n', "nothing is called 'storm'"),
        (HEAD + STEP + '[[happens]]\nkind = "link"\nstep = "a"\ngiven = {sink = "x"}\n', "no sink 'x': city"),
        (HEAD + STEP + '[[happens]]\nkind = "switch.load"\nstep = "a"\n', "one of the switches"),
        (HEAD.replace("[500, 0]", "[0, 0]") + STEP, "make a road - at `$.roads.r`"),
        (HEAD.replace("+08:00", "") + STEP, "$.begins"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path, text, said):
    file = tmp_path / "s.toml"
    file.write_text(text)
    with pytest.raises(ProfileError) as refused:
        Scenario.load(file)
    assert said in str(refused.value)
    assert str(file) in str(refused.value)
    assert "docs/scenarios.md" in str(refused.value)


def test_roads_must_meet():
    plan = Scenario.read(HEAD + 's = [[900, 0], [950, 0]]\n[[steps]]\nroad = "r"\n[[steps]]\nroad = "s"\n')
    with pytest.raises(ProfileError, match=r"road s begins 40. m from the truck"):
        World(plan, 0)
