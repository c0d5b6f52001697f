"""Scripts of half-hour hauls, drawn by chance: loaded, covered or not, driven, tipped, driven back empty."""

import random
from collections.abc import Iterator

from drivers.sim.film.script import Script, State, Stretch

_LATER = {
    "sun": ("cloud", "dusk"),
    "cloud": ("dusk",),
    "dusk": ("night", "flood"),
}
_PASSING = {
    "sun": ("open", "trees", "bridges"),
    "cloud": ("open", "trees", "bridges"),
    "dusk": ("open", "traffic"),
    "night": ("open", "lamps", "traffic"),
    "flood": ("open", "lamps", "traffic"),
    "infrared": ("open", "traffic"),
}
_WEATHERS = ("clear", "rain", "fog", "snow", "dust")
_WEIGHTS = (0.5, 0.25, 0.08, 0.07, 0.1)
Course = tuple[tuple[State, float | None, float], ...]


def haul(truck: str, lights: list[str], seed: int) -> Script:
    """One truck's half-hour, in the lights that its plates show; the same for the same seed."""
    rng = random.Random(f"{truck}/{seed}")  # noqa: S311 - a simulation
    return Script(tuple(_stretches(rng, rng.choice(lights), lights)), truck)


def _stretches(rng: random.Random, light: str, lights: list[str]) -> Iterator[Stretch]:
    course, starts_covered = _course(rng)
    weather = rng.choices(_WEATHERS, _WEIGHTS)[0]
    strength, mud = rng.uniform(0.2, 0.9), 0.0
    yield Stretch(60, "empty", light=light)
    yield Stretch(90, "uncovered", light=light, change_s=rng.uniform(30, 60))
    if starts_covered:
        yield Stretch(70, "covered", light=light, change_s=rng.uniform(20, 60))
    for number, (state, exposed, seconds) in enumerate(course):
        later = [name for name in _LATER.get(light, ()) if name in lights]
        if number == len(course) // 2 and later and rng.random() < 0.4:
            light = later[0]
        if rng.random() < 0.3:
            weather, strength = rng.choices(_WEATHERS, _WEIGHTS)[0], rng.uniform(0.2, 0.9)
        mud = min(0.35, mud + (rng.uniform(0, 0.12) if weather == "rain" else 0.01))
        yield Stretch(
            seconds, state, exposed, light, rng.uniform(5, 20), rng.uniform(20, 60),
            weather, strength, mud, rng.choice(_PASSING[light]),
        )  # fmt: skip
        if rng.random() < 0.3:
            yield Stretch(
                rng.uniform(15, 50), state, exposed, light, weather=weather, strength=strength, mud=mud
            )


def _course(rng: random.Random) -> tuple[Course, bool]:
    """What the truck shows on the road, and whether it is covered before it leaves."""
    part = rng.uniform(220, 320)
    covered: Course = (("covered", None, part),)
    back: Course = (("empty", None, part),)
    courses: tuple[tuple[Course, bool], ...] = (
        (covered * 4 + back, True),
        (((*covered, ("uncovered", None, part)) * 2 + back), True),
        ((("uncovered", None, part),) + covered * 3 + back, False),
        (covered + (("covered", rng.uniform(0.08, 0.25), part),) * 2 + covered + back, True),
        (((*covered, ("covered", rng.uniform(0.45, 0.9), part)) * 2 + back), True),
        (back * 4, True),
    )
    return courses[rng.randrange(len(courses))]
