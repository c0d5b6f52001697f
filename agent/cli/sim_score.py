"""`haulwatch sim score`: precision and recall of what the rules tell, over scenarios and seeds."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.output import json_option, print_json, say

if TYPE_CHECKING:
    from agent.scenarios.score import Score

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("scenarios", nargs=-1)
@click.option("--seeds", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--jobs", type=click.IntRange(0, 256), default=0, help="Processes; 0: one for each core.")
@click.option("--write", "file", type=_FILE, help="Put the tables into a document, between its marks.")
@click.option("--flaws", is_flag=True, help="Name each false event and each fact that nobody told.")
@json_option
def score(scenarios: tuple[str, ...], seeds: int, jobs: int, file: Path | None, **given: Any) -> None:
    """Run SCENARIOS (files or names; all shipped ones by default) through decoder and rules in virtual time.

    Each with seeds 0, 1 …; what is told is compared with what really happened: docs/scenarios.md.
    """
    from agent.scenarios.score import row_of, scored, shipped
    from agent.scenarios.table import markdown, write
    from agent.settings import rule_set

    rows, untold = [], set[str]()
    for one in scored(scenarios or tuple(shipped()), seeds, jobs):
        rows.append(row_of(one))
        untold |= {kind for seed in one.seeds for kind in seed.untold}
        say(f"{one.name}: {len(one.seeds)} seeds done")
        if given["as_json"]:
            print_json(_row(one, flaws=given["flaws"]))
        elif given["flaws"]:
            _print_flaws(one)
    lines = markdown(rows, untold, rule_set())
    if file is not None:
        write(file, lines)
    elif not given["as_json"]:
        click.echo("\n".join(lines))


def _row(one: "Score", *, flaws: bool) -> dict[str, Any]:
    import msgspec

    from agent.scenarios.score import row_of

    found: dict[str, Any] = msgspec.to_builtins(row_of(one))
    for tally, known in ((found["all"], row_of(one).all), (found["accusations"], row_of(one).accusations)):
        tally |= {"precision": known.precision, "recall": known.recall}
    if flaws:
        found["flaws"] = [{"seed": s.seed, "false": s.false, "missed": s.missed} for s in one.seeds]
    return found


def _print_flaws(one: "Score") -> None:
    for seed in one.seeds:
        for what, found in (("false", seed.false), ("missed", seed.missed)):
            for it in found:
                about = f" {it.about}" if it.about else ""
                click.echo(
                    f"{one.name} seed {seed.seed}: {what} {it.kind}{about} {it.begin:.0f}-{it.end:.0f} s"
                )
