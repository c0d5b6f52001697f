"""Restarts, back-off, abandonment, with a hand on the clock and real threads."""

import threading
import time

import pytest

from agent.model import WorkerState
from agent.supervisor import Policy, Spec, Supervisor

SECOND = 1_000_000_000
WAIT = 10


class HandClock:
    boot = "b"

    def __init__(self):
        self.now = 0

    def mono_ns(self):
        return self.now


class Fake:
    """A worker that does what the test says; `began` is set when it runs."""

    def __init__(self, work):
        self.work, self.began, self.stop = work, threading.Event(), None

    def run(self, stop, beat):
        self.stop = stop
        beat()
        self.began.set()
        self.work(stop, beat)


def fail(stop, beat):
    raise OSError("the port is gone")


def obey(stop, beat):
    stop.wait(WAIT)


def await_end(supervisor):
    end = time.monotonic() + WAIT
    while supervisor.status()[0].condition == "running":
        assert time.monotonic() < end, "the worker did not end"
        time.sleep(0.002)
        supervisor.watch()


class Stage:
    def __init__(self, *works, **spec):
        self.clock, self.told, self.runs = HandClock(), [], []
        works = list(works)

        def build():
            worker = Fake(works.pop(0) if len(works) > 1 else works[0])
            self.runs.append(worker)
            return worker

        self.supervisor = Supervisor(
            [Spec("w", build, deadline_s=10, policy=Policy(cap_s=7), **spec)], self.clock, self.told.append
        )

    def watch(self, seconds=0.0):
        self.clock.now += round(seconds * SECOND)
        self.supervisor.watch()

    def ended(self):
        """Watch until the supervisor has seen the present run end."""
        await_end(self.supervisor)

    @property
    def status(self):
        return self.supervisor.status()[0]


def test_a_worker_runs_and_stops_when_asked():
    stage = Stage(obey)
    stage.watch()
    assert stage.runs[0].began.wait(WAIT)
    assert stage.status.condition == "running"
    assert stage.supervisor.stop(["w"], WAIT) == []
    stage.watch(100)
    assert len(stage.runs) == 1


def test_a_failed_worker_is_rebuilt_after_its_back_off():
    stage = Stage(fail, obey)
    stage.watch()
    stage.ended()
    assert stage.status.condition == "waiting"
    assert stage.status.reason == "the port is gone"
    stage.watch(0.9)
    assert len(stage.runs) == 1
    stage.watch(0.4)
    assert stage.runs[1].began.wait(WAIT)
    assert [s.state for s in stage.told] == ["failed", "restarted"]
    assert isinstance(stage.told[0], WorkerState)
    stage.supervisor.stop(["w"], WAIT)


def test_one_that_is_to_be_built_anew_ends_first_and_did_not_fail():
    may_end = threading.Event()

    def slowly(stop, beat):
        stop.wait(WAIT)
        may_end.wait(WAIT)

    stage = Stage(slowly, obey)
    stage.watch()
    assert stage.runs[0].began.wait(WAIT)
    stage.supervisor.restart(["w", "nobody"])
    stage.watch()
    assert len(stage.runs) == 1
    may_end.set()
    end = time.monotonic() + WAIT
    while len(stage.runs) == 1:
        assert time.monotonic() < end
        time.sleep(0.002)
        stage.watch()
    assert stage.runs[1].began.wait(WAIT)
    assert (stage.status.condition, stage.status.restarts, stage.told) == ("running", 0, [])
    stage.supervisor.stop(["w"], WAIT)


def test_one_that_waits_for_its_next_try_is_built_at_once():
    stage = Stage(fail, obey)
    stage.watch()
    stage.ended()
    stage.supervisor.restart(["w"])
    stage.watch()
    assert stage.runs[1].began.wait(WAIT)
    stage.supervisor.stop(["w"], WAIT)


def test_after_the_burst_it_gave_up_and_tries_each_minute():
    stage = Stage(fail)
    for _ in range(6):
        stage.watch()
        stage.ended()
        stage.clock.now += 0 if stage.status.condition == "gave_up" else 9 * SECOND
    assert stage.status.condition == "gave_up"
    runs = len(stage.runs)
    stage.watch(59)
    assert len(stage.runs) == runs
    stage.watch(2)
    assert len(stage.runs) == runs + 1


def test_a_silent_worker_is_abandoned_and_replaced():
    release = threading.Event()
    stage = Stage(lambda *_: release.wait(WAIT), obey)
    stage.watch()
    assert stage.runs[0].began.wait(WAIT)
    stage.watch(11)
    assert stage.status.abandoned == 1
    assert stage.runs[0].stop.is_set(), "the old run is told to stop, should it ever wake"
    stage.watch(2)
    assert stage.runs[1].began.wait(WAIT)
    release.set()
    stage.supervisor.stop(["w"], WAIT)


def test_a_vital_worker_that_is_silent_withholds_the_watchdog_and_is_not_replaced():
    release = threading.Event()
    stage = Stage(lambda *_: release.wait(WAIT), vital=True)
    assert not stage.supervisor.vital_are_well(), "not yet started"
    stage.watch()
    assert stage.runs[0].began.wait(WAIT)
    assert stage.supervisor.vital_are_well()
    stage.watch(11)
    assert not stage.supervisor.vital_are_well()
    assert len(stage.runs) == 1
    release.set()
    stage.supervisor.stop(["w"], WAIT)


def test_a_worker_that_ends_unasked_has_failed():
    stage = Stage(lambda *_: None)
    stage.watch()
    stage.ended()
    assert stage.status.reason == "ended without being asked"


def test_a_worker_that_cannot_be_built_has_failed():
    clock, told = HandClock(), []

    def build():
        raise OSError("no model")

    supervisor = Supervisor([Spec("w", build, 10)], clock, told.append)
    supervisor.watch()
    await_end(supervisor)
    assert told[0].reason == "no model"


@pytest.mark.parametrize(("failures", "expected"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 60), (50, 60)])
def test_back_off_doubles_to_its_cap(failures, expected):
    assert Policy().delay_s(failures, 0.0) == expected
    assert Policy().delay_s(failures, 1.0) <= expected * 1.2
