"""How hauls are scored: what counts as a false accusation, what as found, and how late."""

import importlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from drivers.sim.film.plates import Plates
from drivers.sim.film.script import Script, Truth

AFTER_S = 30.0


@pytest.fixture
def haul(monkeypatch):
    """The benchmarks' modules, which belong to no package of the product."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    names = ("ride", "score", "shifts")
    return SimpleNamespace(**{name: importlib.import_module(f"haul.{name}") for name in names})


@pytest.fixture
def scored(haul):
    """Scores a truck that moves for 300 s, open from `opened` to `closed`, with events at these times."""

    def run(opened: float, closed: float, started: tuple[float, ...] = (), ended: tuple[float, ...] = ()):
        looks = []
        for t in range(300):
            state = "uncovered" if opened <= t < closed else "covered"
            exposed = 1.0 if state == "uncovered" else 0.0
            truth = Truth(t, "a", state, exposed, True, 10.0, "sun", "clear", None, True)
            looks.append(haul.ride.Look(truth, state, True, state))
        events = [haul.ride.Told(t, haul.score.STARTED) for t in started]
        events += [haul.ride.Told(t, haul.score.ENDED) for t in ended]
        return haul.score.score("k", [*looks, *events], AFTER_S)

    return run


def test_an_accusation_without_a_cause_is_false(scored):
    made = scored(0, 0, started=(100,))
    assert [f["t_s"] for f in made.false] == [100]
    assert (made.episodes, made.found) == (0, 0)


def test_an_accusation_of_an_open_load_is_found_and_its_delay_counts_after_the_rules_own(scored):
    made = scored(100, 200, started=(134,))
    assert (made.false, made.episodes, made.found, made.late_s) == ([], 1, 1, [4.0])
    assert made.missed == []


def test_one_that_comes_long_after_the_cover_closed_is_false(scored):
    made = scored(100, 200, started=(134, 260), ended=(240,))
    assert len(made.false) == 1


def test_an_open_load_that_nobody_told_of_is_missed(scored):
    made = scored(100, 200)
    assert (made.episodes, made.found, len(made.missed)) == (1, 0, 1)


def test_one_that_is_open_too_short_need_not_be_found(scored):
    assert scored(100, 120).episodes == 0


def test_the_bound_of_a_count_is_poissons(haul):
    # 95 % one-sided: 2.996 after none, 4.744 after one (tables of the chi-squared distribution / 2)
    assert haul.score.upper(0) == pytest.approx(2.996, abs=0.002)
    assert haul.score.upper(1) == pytest.approx(4.744, abs=0.002)


def test_hauls_are_scripts_for_the_lights_that_there_are(haul):
    lights = sorted({p.light for p in Plates.open().of("a")})
    for seed in range(12):
        script = haul.shifts.haul("a", lights, seed)
        assert isinstance(script, Script)
        assert script.lights <= set(lights)
        assert script == haul.shifts.haul("a", lights, seed)
        assert 1000 < script.duration_s < 3000
