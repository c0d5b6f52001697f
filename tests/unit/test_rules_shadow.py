"""A model on trial decides nothing: with or without its readings all other records are the same."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.model import Emit, LoadReading, Probabilities
from agent.rules.transitions import CLASSES
from tests.samples import samples

share = st.floats(0.0, 1.0)
word = st.sampled_from([*CLASSES, "unknown"])
look = st.tuples(word, st.floats(0.3, 1.0), word, st.booleans())
spells = st.lists(st.tuples(look, st.integers(1, 40)), max_size=6)


def reading(t, camera, said, sure, *, shadow):
    p = None
    if said != "unknown":
        p = Probabilities(**{c: sure if c == said else (1 - sure) / 3 for c in CLASSES})
    model = "m2" if shadow else "m1"
    return LoadReading(
        t.now, camera, said, p, p is not None, None, model, round(t.at), teaching="t", shadow=shadow
    )


def decided(t):
    """All effects but the comparison itself."""
    return [e for e in t.effects if not (isinstance(e, Emit) and e.type == "load.shadow")]


@settings(
    max_examples=samples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(spells=spells)
def test_a_shadow_decides_nothing(timeline, spells):
    alone, tried = (timeline(uncovered_after_s=6.0) for _ in range(2))
    for (said, sure, other, first), seconds in spells:
        for _ in range(seconds):
            for t in (alone, tried):
                t.at += 1
                t.fix()
            shadow = reading(tried, "bed", other, 0.99, shadow=True)
            deciding = reading(tried, "bed", said, sure, shadow=False)
            alone.feed(deciding)
            for seen in (shadow, deciding) if first else (deciding, shadow):
                tried.feed(seen)
    assert decided(tried) == decided(alone)
    assert tried.state.load == alone.state.load
