"""`haulwatch commission`: the guided installation in ten steps, with a signed sheet."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from agent.cli.language_option import language_option
from agent.cli.output import FINDINGS, FINE, config_option, json_option, print_json
from agent.model_commission import StepName

if TYPE_CHECKING:
    from agent.commission.bench import Bench
    from agent.commission.finish import Sheet
    from agent.commission.guide import Guide, Talk
    from agent.language import Language


@click.command()
@click.option("--only", type=click.Choice(get_args(StepName)), help="This step alone, also when it is done.")
@click.option("--restart", is_flag=True, help="Begin anew; sheets that were made stay.")
@click.option("--unattended", is_flag=True, help="Ask nobody: do what needs no person, leave the rest open.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A copy of the sheet.")
@click.option("--plain", is_flag=True, help="No colours and no pictures in the terminal.")
@language_option
@config_option
@json_option
@click.pass_context
def commission(ctx: click.Context, /, language: "Language", config: Path, **asked: Any) -> None:
    """Go through the installation in ten steps; go on where it was left off; end with a signed sheet.

    Run it as root or as the service's account, with the service running. Each step that is done stays done
    until what it rests on changes. The sheet is kept, and sent to the platforms. --json asks nobody, too.
    Exit code 1 while something is to be repaired or was left out. docs/commission.md has more.
    """
    from agent.commission.bench import Bench
    from agent.commission.guide import Guide, Quit
    from agent.doctor.probes.machine import Machine

    alone = asked["unattended"] or asked["as_json"]
    if not alone and not sys.stdin.isatty():
        raise click.UsageError("no terminal to ask at: give --unattended")
    logging.getLogger().addHandler(logging.NullHandler())  # what it means comes as findings
    bench = Bench(config, ctx.find_object(Machine))
    talk = _talk(bench, language, alone=alone, asked=asked)
    with bench.store.held():
        guide = Guide(bench, talk, anew=asked["restart"])
        try:
            whole = _gone_through(bench, guide, language, asked)
        except (Quit, KeyboardInterrupt, EOFError):
            _tell("kept", language)
            ctx.exit(FINDINGS)
    ctx.exit(FINE if whole else FINDINGS)


def _talk(bench: "Bench", language: "Language", *, alone: bool, asked: dict[str, Any]) -> "Talk":
    from agent.cli.commission_text import Nobody, Person

    if alone:
        return Nobody(bench, language, as_json=asked["as_json"], plain=asked["plain"])
    return Person(bench, language, plain=asked["plain"])


def _gone_through(bench: "Bench", guide: "Guide", language: "Language", asked: dict[str, Any]) -> bool:
    """All steps that are to be done, then the sheet; whether nothing is to be repaired or was left out."""
    only, as_json = asked["only"], asked["as_json"]
    if not as_json:
        _greet(bench, guide, language, only)
    for name, done in guide.go(only):
        if as_json:
            print_json(_row(name, done, language))
    from agent.commission.state import STEPS

    sheet = None
    if all(name in guide.run.steps for name in STEPS) and (guide.run.sheet is None or asked["output"]):
        sheet = _finished(bench, guide, language, asked["output"])
    _conclude(bench, guide, sheet, language, as_json=as_json)
    left = {guide.run.steps[name].result for name in STEPS if name in guide.run.steps}
    return not left & {"fail", "skipped"}


def _finished(bench: "Bench", guide: "Guide", language: "Language", output: Path | None) -> "Sheet":
    from agent.commission.finish import finish
    from agent.durable_file import write_durable
    from agent.errors import EvidenceError

    sheet = finish(bench, guide.run, language)
    guide.publish(sheet.sha256)
    if output is not None:
        try:
            write_durable(output, sheet.file.read_bytes())
        except OSError as e:
            what, remedy = f"cannot be written ({e.strerror})", f"copy {sheet.file} yourself"
            raise EvidenceError(what, where=str(output), remedy=remedy) from e
    return sheet


def _row(name: StepName, done: Any, language: "Language") -> dict[str, Any]:
    """A step for tools."""
    import msgspec

    from agent.commission.words import Words

    words, plain = Words(language), msgspec.to_builtins(done)
    found = [
        {"code": f.code, "level": f.level, "subject": f.subject, "what": words.what(f), "do": words.remedy(f)}
        for f in done.measured.bad
    ]
    row = {"step": name, "title": words.title(name), "findings": found, "fine": done.measured.fine}
    row |= {key: plain[key] for key in ("result", "reason", "time", "clock", "person", "inputs")}
    return row | {"figures": plain["measured"]["figures"], "pictures": plain["measured"]["shots"]}


def _greet(bench: "Bench", guide: "Guide", language: "Language", only: StepName | None) -> None:
    from agent.commission.state import STEPS
    from agent.commission.words import Words

    words, todo = Words(language), guide.todo(only)
    if only is None and 0 < len(todo) < len(STEPS):
        _tell("resumed", language, done=len(STEPS) - len(todo))
    if stale := [words.title(name) for name in guide.stale]:
        _tell("changed", language, steps=", ".join(stale))
    if not todo and guide.run.sheet:
        _tell("nothing", language, file=bench.store.newest)


def _conclude(
    bench: "Bench", guide: "Guide", sheet: "Sheet | None", language: "Language", *, as_json: bool
) -> None:
    from agent.commission.state import complete, summary

    if as_json:
        steps = {step.step: step.result for step in summary(guide.run)}
        last = {"vehicle": bench.vehicle, "complete": complete(guide.run), "steps": steps}
        made = {"sheet": str(sheet.file), "sha256": sheet.sha256, "recorded": sheet.recorded} if sheet else {}
        print_json(last | ({"sheet": None, "sha256": None, "recorded": None} | made))
        return
    if sheet is None:
        return
    for line in _ending(guide, sheet, language):
        click.echo(line)


def _ending(guide: "Guide", sheet: "Sheet", language: "Language") -> Iterator[str]:
    from agent.commission.sheet import verdict
    from agent.commission.words import Words

    words = Words(language)
    yield verdict(words, guide.run)
    yield words.say("sheet", file=sheet.newest)
    yield words.say("published", where=words.value(sheet.recorded), sha256=sheet.sha256[:16])


def _tell(phrase: str, language: "Language", **facts: Any) -> None:
    from agent.commission.words import Words

    click.echo(Words(language).say(phrase, **facts))
