"""The rules, led through observations outside the daemon. Pure."""

from collections.abc import Iterable, Iterator

from agent.model import Effect, Observation
from agent.rules.state import State
from agent.rules.step import step


def follow(state: State, seen: Iterable[Observation]) -> Iterator[tuple[Observation, State, list[Effect]]]:
    """Each observation, the state after it, and what follows from it."""
    for observation in seen:
        state, effects = step(state, observation)
        yield observation, state, effects
