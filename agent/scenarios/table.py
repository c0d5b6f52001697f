"""Scores as the tables of docs/scenarios.md. Pure but for the file."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from agent.errors import ConfigError
from agent.scenarios.match import Tally

BEGIN, END = "<!-- scores: begin -->", "<!-- scores: end -->"


class Row(msgspec.Struct, frozen=True):
    """A scenario's figures, in words that tables and JSON share."""

    scenario: str
    seeds: int
    hours: float
    all: Tally
    accusations: Tally
    kinds: dict[str, Tally]


def summed(tallies: Iterable[Tally]) -> Tally:
    """All together."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def markdown(rows: Sequence[Row], unknown: Iterable[str], rules: str) -> list[str]:
    """The tables, in lines; `unknown`: kinds of facts that these `rules` never tell."""
    lines = [*_scenarios(rows), "", *_kinds(rows), "", *_flaws(rows)]
    lacking = ", ".join(f"`{kind}`" for kind in sorted(unknown))
    told = f"Rules `{rules}`. Facts that they tell nothing of, and that are not counted: {lacking or 'none'}."
    return [*lines, "", told]


def write(file: Path, lines: Sequence[str]) -> None:
    """Put the tables between the marks of a document; raises ConfigError where these are missing."""
    text = file.read_text()
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ConfigError(f"has no {BEGIN} … {END}", where=str(file), remedy="add these two lines")
    file.write_text("\n".join([head + BEGIN, "", *lines, "", END + tail]))


def shown(tally: Tally) -> tuple[str, str]:
    """Precision and recall as they stand in tables: with what they are of."""
    precision, recall = tally.precision, tally.recall
    return (
        "-" if precision is None else f"{precision:.2f} ({tally.true}/{tally.events})",
        "-" if recall is None else f"{recall:.2f} ({tally.found}/{tally.facts})",
    )


def _scenarios(rows: Sequence[Row]) -> Iterator[str]:
    yield "| scenario | seeds | hours | precision | recall | accusations: precision | recall |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in rows:
        cells = (*shown(row.all), *shown(row.accusations))
        yield f"| {row.scenario} | {row.seeds} | {row.hours:.1f} | {' | '.join(cells)} |"
    whole = (*shown(summed(r.all for r in rows)), *shown(summed(r.accusations for r in rows)))
    hours = sum(row.hours for row in rows)
    yield f"| **all** | {sum(row.seeds for row in rows)} | {hours:.1f} | {' | '.join(whole)} |"


def _kinds(rows: Sequence[Row]) -> Iterator[str]:
    yield "| kind, in all scenarios | precision | recall |"
    yield "| --- | --- | --- |"
    for kind in sorted({kind for row in rows for kind in row.kinds}):
        whole = summed(row.kinds[kind] for row in rows if kind in row.kinds)
        yield f"| `{kind}` | {' | '.join(shown(whole))} |"


def _flaws(rows: Sequence[Row]) -> Iterator[str]:
    yield "| scenario | kind that is not perfect there | precision | recall |"
    yield "| --- | --- | --- | --- |"
    for row in rows:
        for kind, tally in row.kinds.items():
            if tally.true < tally.events or tally.found < tally.facts:
                yield f"| {row.scenario} | `{kind}` | {' | '.join(shown(tally))} |"
