"""The daemon's main thread: signals, supervision, and the service manager's watchdog."""

import logging
import signal
import sys
import threading
from pathlib import Path

from agent.app import App
from agent.config_file import load_config
from agent.errors import AgentError
from agent.status import answers
from agent.systemd import notify, notify_reloading, watchdog_s
from agent.waiting import Gate, leave_note, wait
from buffer.errors import JournalDamaged
from drivers.clock import SystemClock

log = logging.getLogger(__name__)
_PACE_S = 0.5  # also fed to the watchdog, unless that wants to be fed more often


class Signals:
    """What was asked from outside since the last look."""

    def __init__(self) -> None:
        self._woken = threading.Event()
        self.stop: str | None = None
        self._reload = False
        signal.signal(signal.SIGTERM, lambda *_: self._stop("SIGTERM"))
        signal.signal(signal.SIGINT, lambda *_: self._stop("SIGINT"))
        signal.signal(signal.SIGHUP, lambda *_: self._hang_up())

    def wait(self, seconds: float) -> None:
        """Until a signal comes, at most `seconds`."""
        self._woken.wait(seconds)
        self._woken.clear()

    def take_reload(self) -> bool:
        """Whether a reload was asked for; asks once."""
        asked, self._reload = self._reload, False
        return asked

    def _stop(self, name: str) -> None:
        self.stop = name
        self._woken.set()

    def _hang_up(self) -> None:
        self._reload = True
        self._woken.set()


def run(path: Path) -> None:
    """Run the agent until SIGTERM or SIGINT; raises ConfigError, ProfileError, JournalError at the start.

    JournalDamaged also later, when the journal broke in use.
    """
    config = load_config(path)
    logging.basicConfig(
        stream=sys.stderr, level=config.log.level.upper(), format="%(levelname)s %(name)s: %(message)s"
    )
    signals = Signals()
    clock = SystemClock(0)
    gate = Gate(config, clock)
    if not wait(gate, lambda: signals.stop is not None, signals.wait, notify):
        return
    app = App(path, config, answers)
    log.info("haulwatch %s for %s/%s", app.version, config.unit.fleet, config.unit.vehicle)
    try:
        app.supervisor.watch()
        notify("READY=1")
        pace_s = min(_PACE_S, (watchdog_s() or 60.0) / 3)
        while signals.stop is None and app.aboard.halted is None and app.journal.suspicion is None:
            app.supervisor.watch()
            if app.supervisor.vital_are_well():
                notify("WATCHDOG=1")
            if signals.take_reload():
                notify_reloading()
                app.layers.reload()
                _reload(app)
                notify("READY=1")
            signals.wait(pace_s)
    finally:
        notify("STOPPING=1")
        halted = app.aboard.halted
        app.stop(signals.stop or (halted.reason if halted else "failure"))
        leave_note(config, clock.boot, halted if signals.stop is None else None)
    if app.journal.suspicion is not None:  # started again, it saves what is left
        raise JournalDamaged(
            "it broke in use", where=str(app.journal.path), remedy=f"start again ({app.journal.suspicion})"
        )
    log.info("stopped in order")


def _reload(app: App) -> None:
    """Take from the file again what can change while the agent runs; the rest waits for a restart."""
    try:
        _, waiting = app.live.reload()
    except AgentError as e:
        log.error("reload: %s", e)  # noqa: TRY400 - a wrong file is no bug: no traceback
        return
    log.warning("reload: log level %s", app.config.log.level)
    if waiting:
        log.warning("reload: after a restart: %s", ", ".join(waiting))
