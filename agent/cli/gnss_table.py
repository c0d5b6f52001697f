"""The fix and the satellites on one screen, which follows a receiver until it ends or is stopped."""

import threading
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from agent.cli.gnss_row import row, sentence
from agent.screens.sky import table
from drivers.gnss.receiver import Receiver
from drivers.readings import Fix, ReceiverHealth

if TYPE_CHECKING:
    from drivers.clock import Clock
    from drivers.gnss.receiver import ReceiverSetup

_WIDTH = 80


def show(setup: "ReceiverSetup", clock: "Clock", stop: threading.Event) -> None:
    """Redraw once a second, with the receiver's health."""
    console = Console(highlight=False)
    with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
        screen = _Screen(live, stop)
        screen.receiver = receiver = Receiver(setup, clock, screen.put)
        receiver.run(stop, lambda: None)
    console.print(screen.drawn())


class _Screen:
    """What was heard last."""

    def __init__(self, live: Live, stop: threading.Event) -> None:
        self._live, self._stop = live, stop
        self._fix: Fix | None = None
        self._health: ReceiverHealth | None = None
        self.receiver: Receiver | None = None

    def put(self, seen: Fix | ReceiverHealth) -> None:
        """One observation."""
        if isinstance(seen, Fix):
            self._fix = seen
            return
        self._health = seen
        self._live.update(self.drawn(), refresh=True)
        if self.receiver and self.receiver.ended:
            self._stop.set()

    def drawn(self) -> Group:
        """The screen of now."""
        fix, health = self._fix, self._health
        head = _two_lines(sentence(row(fix))) if fix else Text("no fix yet", "yellow")
        line = Text("")
        if health is not None:
            words = "connected" if health.connected else str(health.reason)
            line = Text(
                f"{health.source}: {words}, antenna {health.antenna}", "" if health.connected else "red"
            )
        return Group(head, line, Text(""), table(self.receiver.signals if self.receiver else ()))


def _two_lines(text: str) -> Text:
    """A fix, folded between its parts so that 80 columns hold it."""
    parts = text.split("  ")
    middle = next((at for at in range(len(parts), 0, -1) if len("  ".join(parts[:at])) <= _WIDTH), 1)
    return Text("  ".join(parts[:middle]) + "\n" + "  ".join(parts[middle:]).strip(), "bold")
