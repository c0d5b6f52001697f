"""Who looks on at a commissioning: a person at a terminal who answers, or nobody."""

import select
import sys

from rich.table import Table
from rich.text import Text

from agent.cli.commission_more import MORE
from agent.cli.commission_shown import Shown
from agent.commission.bench import Bench, Hands
from agent.commission.guide import Answer
from agent.commission.measure.switches import to_move
from agent.commission.state import Done, Measured
from agent.commission.steps import Step
from agent.language import Language


class Nobody:
    """Prints what comes, unless it goes out as JSON; every step goes on as it is."""

    person = False

    def __init__(self, bench: Bench, language: Language, *, as_json: bool, plain: bool) -> None:
        self._shown = None if as_json else Shown(language, plain=plain)
        bench.hands = None

    def begin(self, step: Step, number: int) -> None:
        """See Talk."""
        if self._shown:
            self._shown.title(step, number)

    def ask(self, step: Step, measured: Measured) -> tuple[Answer, str | None]:  # noqa: ARG002 - see Talk
        """Nobody says no."""
        return "accept", None

    def end(self, step: Step, done: Done) -> None:  # noqa: ARG002 - see Talk
        """See Talk."""
        if self._shown:
            self._shown.found(done.measured)
            self._shown.result(done)


class Person:
    """Asks at the terminal, by one key and Enter."""

    person = True

    def __init__(self, bench: Bench, language: Language, *, plain: bool) -> None:
        self._bench, self._plain = bench, plain
        self._shown = Shown(language, plain=plain)
        bench.hands = Hands(self._moved, _enter)

    def begin(self, step: Step, number: int) -> None:
        """The title, what to see and what to do."""
        shown, words = self._shown, self._shown.words
        shown.console.print()
        shown.title(step, number)
        for label, text in (("see", words.see(step.name)), ("do", words.do(step.name))):
            grid = Table.grid(padding=(0, 1, 0, 0))
            grid.add_row(Text(f"  {words.say(label)}", "bold cyan"), Text(text))
            shown.console.print(grid)
        if step.name == "switches" and (roles := to_move(self._bench)):
            shown.console.print(f"  {words.say('move', roles=', '.join(map(words.value, roles)))}")

    def ask(self, step: Step, measured: Measured) -> tuple[Answer, str | None]:
        """What the person says of what was found."""
        self._shown.found(measured)
        self._pictures(measured)
        more = MORE.get(step.name)
        if more:
            self._shown.console.print(f"  {self._shown.words.say(more.offer)}", style="bold")
        line = " · ".join(self._shown.words.say(offer) for offer in self._offers(step, measured))
        while True:
            said = self._shown.input(f"{line}: ").lower()
            if more and said and said in more.keys:
                more.act(self._bench, self._shown, said)
                return "again", None
            if said == "":
                return "again", None
            if said == "y" and measured.result != "fail":
                return "accept", None
            if said == "q":
                return "quit", None
            if said == "s" and (reason := self._shown.input(f"{self._shown.words.say('reason')}: ")):
                return "skip", reason[:200]

    def end(self, step: Step, done: Done) -> None:  # noqa: ARG002 - see Talk
        """Its result; what needed no question is shown now."""
        if done.result == "ok" and not done.person:
            self._shown.found(done.measured)
        self._shown.result(done)

    def _offers(self, step: Step, measured: Measured) -> list[str]:
        accept = "accept" if step.eyes(self._bench) and measured.result == "ok" else "take"
        return (["again"] if measured.result == "fail" else [accept, "again"]) + ["skip", "quit"]

    def _pictures(self, measured: Measured) -> None:
        for shot in measured.shots:
            file = self._bench.store.local(shot.camera, shot.what)
            corners = {camera.name: camera.roi for camera in self._bench.config.cameras}[shot.camera]
            self._shown.picture(file.read_bytes(), corners if shot.what == "corners" else ())
            text = self._shown.words.say("drawn", file=file)
            self._shown.console.print(f"  {text}", style="dim", soft_wrap=True)

    def _moved(self, role: str, on: bool) -> None:
        words = self._shown.words
        self._shown.console.print(f"  {words.value(role)} → {words.value('on' if on else 'off')}")


def _enter(seconds: float) -> bool:
    """Whether Enter was pressed within so many seconds."""
    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    return bool(ready and sys.stdin.readline() is not None)
