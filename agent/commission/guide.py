"""The way through the steps: which come, what becomes of each, kept after each, so that nothing is lost.

Who looks on is a `Talk`: a person at a terminal, or nobody.
"""

from collections.abc import Iterator
from typing import Literal, Protocol

import msgspec

from agent.commission.bench import Bench
from agent.commission.inputs import inputs
from agent.commission.state import STEPS, Done, Measured, Run, changed, pending, with_step
from agent.commission.steps import Step, steps
from agent.model_commission import StepName

Answer = Literal["again", "accept", "skip", "quit"]
_GONE_ON = ("accept", "skip")


class Quit(Exception):  # noqa: N818 - reads as what happened
    """The person goes on later."""


class Talk(Protocol):
    """`person`: somebody is there who looks and answers."""

    person: bool

    def begin(self, step: Step, number: int) -> None:
        """A step comes, with what to see and what to do."""
        ...

    def ask(self, step: Step, measured: Measured) -> tuple[Answer, str | None]:
        """What is to become of a step that is not well, or that somebody must see; why it is skipped."""
        ...

    def end(self, step: Step, done: Done) -> None:
        """What became of it."""
        ...


class Guide:
    """One run on a bench whose store is held."""

    def __init__(self, bench: Bench, talk: Talk, *, anew: bool = False) -> None:
        self._bench, self._talk = bench, talk
        self.run = Run(bench.vehicle) if anew else bench.store.load(bench.vehicle)

    @property
    def stale(self) -> tuple[StepName, ...]:
        """Steps that were done with other settings than those of now."""
        return changed(self.run, inputs(self._bench.config))

    def todo(self, only: StepName | None) -> tuple[StepName, ...]:
        """The steps that come."""
        return (only,) if only else pending(self.run, inputs(self._bench.config))

    def go(self, only: StepName | None = None) -> Iterator[tuple[StepName, Done]]:
        """Do what is to be done, each kept on disk before it is given; raises Quit."""
        if self.run.begun is None:
            self._keep(msgspec.structs.replace(self.run, begun=self._bench.now()[0]))
        for name in self.todo(only):
            step = next(step for step in steps() if step.name == name)
            done = self._one(step)
            self._keep(with_step(self.run, name, done))
            self._talk.end(step, done)
            yield name, done

    def publish(self, sheet: str) -> None:
        """The sheet of exactly this run is on record."""
        self._keep(msgspec.structs.replace(self.run, sheet=sheet))

    def _one(self, step: Step) -> Done:
        self._talk.begin(step, STEPS.index(step.name) + 1)
        while True:
            measured = step.measure(self._bench)
            if not step.eyes(self._bench) and measured.result == "ok":
                return self._done(step, measured)
            answer, reason = self._talk.ask(step, measured)
            if answer == "quit":
                self._keep(with_step(self.run, step.name, self._done(step, measured, left=True)))
                raise Quit
            if answer in _GONE_ON:
                seen = self._talk.person and answer == "accept"
                return self._done(step, measured, person=seen, reason=reason)
            self._bench.look_again()

    def _done(
        self,
        step: Step,
        measured: Measured,
        *,
        person: bool = False,
        reason: str | None = None,
        left: bool = False,
    ) -> Done:
        """As it is kept; what somebody must see and nobody saw, or was asked of and `left`, is not done."""
        result = "skipped" if reason else measured.result
        unseen = step.eyes(self._bench) and not person
        if result in ("ok", "warn") and (left or unseen):
            result, reason = "undone", "person"
        time, clock = self._bench.now()
        known = inputs(self._bench.config)[step.name]
        return Done(result, known, time, clock, person, reason, measured)

    def _keep(self, run: Run) -> None:
        self.run = run
        self._bench.store.save(run)
