"""What is printed of a commissioning: steps, figures, findings, pictures as blocks, results."""

import sys

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from agent.commission.actions import Roi
from agent.commission.sheet import reason
from agent.commission.state import Done, Measured
from agent.commission.steps import Step
from agent.commission.words import Words
from agent.language import Language
from agent.model_commission import StepResult

MARKS: dict[StepResult, tuple[str, str]] = {
    "ok": ("✓", "bold green"),
    "warn": ("!", "bold yellow"),
    "fail": ("✗", "bold red"),
    "skipped": ("–", "bold"),
    "undone": ("○", "bold"),
}
_PICTURE_ROWS = 12


class Shown:
    """What both print: each step with its result."""

    def __init__(self, language: Language, *, plain: bool) -> None:
        self.words, self._plain = Words(language), plain
        forced = False if plain else None
        self.console = Console(highlight=False, emoji=False, markup=False, force_terminal=forced)

    def title(self, step: Step, number: int) -> None:
        """The step's line."""
        words = self.words
        head = f"{words.say('step', number=number)}  {words.title(step.name)}"
        self.console.print(Rule(Text(head, "bold"), align="left", style="dim"))

    def found(self, measured: Measured) -> None:
        """Figures in two columns, then what is wrong."""
        grid = _grid()
        for figure in measured.figures:
            name, value = self.words.figure(figure)
            grid.add_row(Text(f"  {name}", "dim"), Text(value))
        if measured.figures:
            self.console.print(grid)
        wrong = _grid()
        for found in measured.bad:
            mark, style = MARKS["fail" if found.level == "fail" else "warn"]
            said = f"{self.words.what(found)}\n→ {self.words.remedy(found)}"
            wrong.add_row(Text(f"  {mark}", style), Text(said))
        if measured.bad:
            self.console.print(wrong)

    def result(self, done: Done) -> None:
        """What became of the step."""
        mark, style = MARKS[done.result]
        text = Text(f"  {mark} {self.words.result(done.result)}", style)
        if done.measured.fine:
            text.append(f"  {self.words.say('fine', count=done.measured.fine)}", "dim not bold")
        if done.reason:
            text.append(f"  {reason(self.words, done)}", "default not bold")
        self.console.print(text)

    def input(self, question: str) -> str:
        """What is typed after a question; raises EOFError where nobody is there any more."""
        self.console.print(Text(f"  {question}", "bold"), end="")
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.strip()

    def picture(self, jpeg: bytes, corners: Roi = ()) -> None:
        """Drawn with blocks where the terminal has colours, the corners over it."""
        if self._plain or not self.console.is_terminal or self.console.no_color:
            return
        from agent.vision.blocks import blocks
        from drivers.camera.jpeg import decode

        image = decode(jpeg)
        if image is not None:
            self.console.print(blocks(image, corners, self.console.width, _PICTURE_ROWS))


def _grid() -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column()
    grid.add_column(overflow="fold")
    return grid
