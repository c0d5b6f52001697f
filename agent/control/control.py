"""The worker that carries commands out, one step after the other, and answers them.

Deeds that take time give back a question, which is asked until there is an answer: so one thread serves all.
What was running when the agent ended fails as `interrupted`; `ping` and `get_status` are never noted as
running, so they are simply carried out then.
"""

import logging
import threading
from collections.abc import Callable, Mapping

import msgspec

from agent.commands.catalogue import ARGS, UNSIGNED, Args
from agent.commands.state import Command
from agent.control.book import Book, Case
from agent.errors import AgentError
from buffer.errors import JournalError
from buffer.journal import Journal
from drivers.clock import Clock
from drivers.errors import DriverError

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_STEP_S, _IDLE_S = 0.25, 1.0
_PATIENCE_NS = 120 * SECOND
_TIDY_NS = 600 * SECOND
_KEEP_NS = 30 * 86_400 * SECOND
_MOST = 4000  # commands that are kept beyond their time


class Call(msgspec.Struct, frozen=True):
    """What a deed is told: who asked, under which id, and with which arguments."""

    sink: str
    id: str
    args: Args


class Done(msgspec.Struct, frozen=True):
    """It is done; `result` is JSON-able."""

    result: dict[str, object]


class Failed(msgspec.Struct, frozen=True):
    """It could not be done: a word, and a phrase for people."""

    reason: str
    detail: str | None = None


Outcome = Done | Failed
Later = Callable[[], Outcome | None]
Deed = Callable[[Call], Outcome | Later]


class _Job(msgspec.Struct):
    """A deed under way, since when (ns)."""

    case: Case
    ask: Later
    since: int


class Control:
    """See above; `wake` serves any thread. `told` is called when there are new replies, `tend` each turn."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        deeds: Mapping[str, Deed],
        told: Callable[[], None],
        tend: Callable[[], None],
    ) -> None:
        self._journal, self._clock, self._deeds, self._told = journal, clock, deeds, told
        self._also = tend
        self._book = Book(journal, clock)
        self._jobs: list[_Job] = []
        self._news = threading.Event()
        self._tidied = clock.mono_ns()

    def wake(self) -> None:
        """There may be a new command."""
        self._news.set()

    @property
    def running(self) -> list[str]:
        """Names of the commands under way."""
        return [job.case.command.name for job in list(self._jobs)]

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until `stop` is set. Raises JournalError when the journal does not take answers."""
        recovered = False
        while not stop.is_set():
            beat()
            if not self._journal.commands.failing:
                if not recovered:
                    self._recover()
                    recovered = True
                self._turn(stop, beat)
            self._news.wait(_STEP_S if self._jobs else _IDLE_S)
        for job in self._jobs:
            self._end(job.case, Failed("interrupted", "the agent was stopped"))

    def _recover(self) -> None:
        for case in self._book.open():
            if case.command.state == "running":
                self._end(case, Failed("interrupted", "the agent ended meanwhile"))
        self._news.set()

    def _turn(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        if self._news.is_set():
            self._news.clear()
            self._begin(stop, beat)
        self._follow()
        self._also()
        self._tidy()

    def _begin(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        for case in self._book.open():
            beat()
            if stop.is_set():
                return
            if case.command.state != "accepted":
                continue
            if case.command.over(self._clock.stamp()):
                self._keep(case, case.command.to("expired", "expired", "its time was over before its turn"))
            else:
                self._do(case)

    def _do(self, case: Case) -> None:
        if case.command.name not in UNSIGNED:
            case = self._keep(case, case.command.to("running"))
        outcome = self._tried(case, lambda: self._deed(case))
        if isinstance(outcome, Done | Failed):
            self._end(case, outcome)
        elif outcome is not None:
            self._jobs.append(_Job(case, outcome, self._clock.mono_ns()))

    def _deed(self, case: Case) -> Outcome | Later:
        deed, kind = self._deeds.get(case.command.name), ARGS.get(case.command.name)
        if deed is None or kind is None:  # it was accepted by another version
            return Failed("unknown_command")
        return deed(Call(case.sink, case.id, msgspec.convert(case.command.args, kind)))

    def _tried(self, case: Case, work: Callable[[], Outcome | Later | None]) -> Outcome | Later | None:
        """What comes of it; no command ends the worker."""
        try:
            return work()
        except (AgentError, DriverError, JournalError) as e:
            return Failed("failed", str(e))
        except Exception as e:
            log.exception("command %s/%s failed", case.command.name, case.id)
            return Failed("error", type(e).__name__)

    def _follow(self) -> None:
        """Ask what is under way whether it is done."""
        now = self._clock.mono_ns()
        for job in list(self._jobs):
            outcome = self._tried(job.case, job.ask)
            if outcome is None and now - job.since > _PATIENCE_NS:
                outcome = Failed("timeout", f"nothing came of it within {_PATIENCE_NS // SECOND} s")
            if isinstance(outcome, Done | Failed):
                self._jobs.remove(job)
                self._end(job.case, outcome)

    def _end(self, case: Case, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            self._keep(case, case.command.to("failed", outcome.reason, outcome.detail))
            return
        try:
            self._keep(case, case.command.to("done", result=outcome.result))
        except ValueError as e:  # its result is no JSON
            log.error("%s", e)  # noqa: TRY400 - the text says all
            self._keep(case, case.command.to("failed", "error", "its result cannot be told"))

    def _keep(self, case: Case, command: Command) -> Case:
        case = msgspec.structs.replace(case, command=command)
        self._book.keep(case)
        self._told()
        return case

    def _tidy(self) -> None:
        """Let go what was done long ago."""
        now = self._clock.stamp()
        if now.mono_ns - self._tidied < _TIDY_NS or now.utc_ns is None:
            return
        self._tidied = now.mono_ns
        self._journal.commands.clear(now.utc_ns - _KEEP_NS, now.utc_ns, _MOST)
