"""The whole self-test: each check in a thread of its own, so that one that hangs is a finding, not a wait."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as Late
from pathlib import Path

from agent.config_file import load_config
from agent.doctor.findings import Check, Finding, Level, Verdict
from agent.doctor.patient import Patient
from agent.doctor.probes.machine import Machine
from agent.doctor.probes.needs import Needs, Rests
from agent.doctor.registry import CHECKS, selected
from agent.doctor.words import Words
from agent.errors import AgentError
from drivers.clock import SystemClock

SECOND = 1_000_000_000
PATIENCE_S = 12.0  # of a check; with what it needs and start-up the whole stays below 15
_SLACK_S = 0.5  # for what needs one that hangs, to say so
_HUNG = Verdict("fault", {"hung": round(PATIENCE_S)})


def examine(
    path: Path, only: tuple[str, ...] = (), machine: Machine | None = None, pace: float = 1.0
) -> Iterator[Finding]:
    """Findings in the registry's order; with a configuration that cannot be read there is only that one.

    `pace`: so many times the usual patience, for a machine that has too much else to do.
    """
    try:
        config = load_config(path)
    except AgentError as e:
        yield Finding("config.file", Words().level("config.file"), "", {"why": str(e)})
        return
    clock = SystemClock(round(config.clock.not_before.timestamp()) * SECOND)
    patient = Patient(config, path, clock, machine or Machine(), pace)
    yield from Examination(patient, selected(only)).findings()


class Examination:
    """The checks on one patient."""

    def __init__(self, patient: Patient, checks: tuple[Check, ...]) -> None:
        self._patient, self._wanted = patient, checks
        self._end = patient.clock.mono_ns() + round(PATIENCE_S * patient.pace * SECOND)
        self._words = Words()
        self._results: dict[str, dict[str, Future[Verdict]]] = {}

    def findings(self) -> Iterator[Finding]:
        """Start all, and give each finding as soon as those before it are there."""
        for check in _with_needs(self._wanted):
            subjects = tuple(check.each(self._patient)) if check.each else ("",)
            self._results[check.code] = {subject: Future() for subject in subjects}
        for check in _with_needs(self._wanted):
            for subject, result in self._results[check.code].items():
                self._start(check, subject, result)
        for check in self._wanted:
            results = self._results[check.code]
            for subject, result in results.items():
                yield self._finding(check.code, subject, self._outcome(result, _SLACK_S))
            if not results:
                yield Finding(check.code, "skip", "", {"why": "none"})

    def _start(self, check: Check, subject: str, result: "Future[Verdict]") -> None:
        def work() -> None:
            verdict = self._verdict(check, subject)
            with contextlib.suppress(InvalidStateError):  # it was given up meanwhile
                result.set_result(verdict)

        threading.Thread(target=work, name=f"doctor {check.code}", daemon=True).start()

    def _verdict(self, check: Check, subject: str) -> Verdict:
        try:
            for code in check.needs:
                if root := self._root(code, subject):
                    return Verdict("skip", {"why": "needs", "code": root})
            return check.run(self._patient, subject) if check.each else check.run(self._patient)
        except Rests:
            return Verdict("skip", {"why": "rests"})
        except Needs as e:
            return Verdict("skip", {"why": "needs", "code": e.code})
        except Exception as e:  # noqa: BLE001 - one check that breaks is a finding, the others go on
            return Verdict("fault", {"broken": f"{type(e).__name__}: {e}"})

    def _root(self, code: str, subject: str) -> str | None:
        """The code at fault where another check found something, of the same thing if it looks at it."""
        results = self._results[code]
        for result in [results[subject]] if subject in results else results.values():
            outcome = self._outcome(result)
            if outcome.kind == "fault":
                return code
            if outcome.facts.get("why") == "needs":
                return str(outcome.facts["code"])
        return None

    def _outcome(self, result: "Future[Verdict]", slack_s: float = 0.0) -> Verdict:
        left_s = (self._end - self._patient.clock.mono_ns()) / SECOND + slack_s
        with contextlib.suppress(Late):
            return result.result(max(0.0, left_s))
        with contextlib.suppress(InvalidStateError):  # it came at the last moment
            result.set_result(_HUNG)  # for all who ask
        return result.result()

    def _finding(self, code: str, subject: str, verdict: Verdict) -> Finding:
        level: Level = self._words.level(code) if verdict.kind == "fault" else verdict.kind
        return Finding(code, level, subject, verdict.facts)


def _with_needs(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """These, and what they need, directly or not; in the registry's order."""
    by_code = {check.code: check for check in CHECKS}
    codes, waiting = set[str](), [check.code for check in checks]
    while waiting:
        code = waiting.pop()
        if code not in codes:
            codes.add(code)
            waiting += by_code[code].needs
    return tuple(check for check in CHECKS if check.code in codes)
