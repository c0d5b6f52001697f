"""The rules about an open load under way: the violation `uncovered_load`, the notice `partly_covered`."""

import msgspec

from agent.model import Effect, Settings
from agent.rules import episode
from agent.rules.agreement import Load
from agent.rules.episode import NOTICE, VIOLATION, Episode, Scene, unobserved_ns
from agent.rules.motion import Motion

__all__ = ["Uncovered", "advance", "interrupt", "resume", "unobserved_ns"]


class Uncovered(msgspec.Struct, frozen=True):
    """Both rules' episodes."""

    violation: Episode = Episode()
    notice: Episode = Episode()

    @property
    def subject(self) -> str | None:
        """The open violation."""
        return self.violation.subject


def advance(
    rule: Uncovered, settings: Settings, motion: Motion, load: Load, now: int
) -> tuple[Uncovered, list[Effect]]:
    """Let the rules see the newest load and motion."""
    scene = Scene(settings, motion, load, now)
    violation, effects = episode.advance(VIOLATION, rule.violation, scene)
    notice, more = episode.advance(NOTICE, rule.notice, scene)
    return Uncovered(violation, notice), effects + more


def interrupt(rule: Uncovered) -> tuple[Uncovered, list[Effect]]:
    """End open episodes where they were last seen, because the agent did not run for too long after that."""
    ended = [*episode.interrupt(VIOLATION, rule.violation), *episode.interrupt(NOTICE, rule.notice)]
    return Uncovered(), ended


def resume(rule: Uncovered, settings: Settings, now: int) -> tuple[Uncovered, list[Effect]]:
    """After a restart in the same boot an episode goes on unless it is too long ago; waiting begins anew."""
    violation, ended = episode.resume(VIOLATION, rule.violation, settings, now)
    notice, more = episode.resume(NOTICE, rule.notice, settings, now)
    return Uncovered(violation, notice), ended + more
