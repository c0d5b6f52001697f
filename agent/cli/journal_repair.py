"""`haulwatch journal verify` and `reset`: is the buffer whole, and beginning a new one."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.journal_file import where
from agent.cli.output import FINDINGS, json_option, print_json

if TYPE_CHECKING:
    from agent.config import Config


@click.command()
@where
@json_option
def verify(path: Path | None, config: Path, as_json: bool) -> None:
    """Look at every record, the chain, the seqs and what is settled; exit code 1 when something is wrong.

    With a configuration also at the pictures on the unit, as `pictures verify` does.
    """
    from buffer.verify import verify as verified

    known = None if path else _configured(config)
    verdict = verified(path or _journal_of(known))
    findings = verdict.findings + ([] if known is None else _pictures(known))
    if as_json:
        print_json(
            {name: getattr(verdict, name) for name in verdict.__struct_fields__} | {"findings": findings}
        )
    else:
        for finding in findings:
            click.echo(finding)
        click.echo(
            f"{verdict.records} records, {verdict.chained} in the chain, head {verdict.head[:16]}…: "
            + (f"{len(findings)} findings" if findings else "whole")
            + (f"; pruned before anchor {verdict.genesis}" if verdict.genesis else "")
        )
    if findings:
        raise SystemExit(FINDINGS)


@click.command()
@click.option("--keep-unsent", is_flag=True, help="Carry over what not every platform has yet.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@where
@json_option
def reset(path: Path | None, config: Path, keep_unsent: bool, yes: bool, as_json: bool) -> None:
    """Move the journal aside and begin a new generation; the daemon must be stopped.

    The old file stays beside it, and the platforms are told at the next start.
    """
    from buffer.opening import begin_anew
    from buffer.store import Space

    known = None if path else _configured(config)
    file = path or _journal_of(known)
    if not yes:
        lost = "" if keep_unsent else " What was not delivered yet will not be."
        click.confirm(f"{file}: begin a new journal?{lost}", abort=True, err=True)
    space = Space(2 * 1024**3, 0) if known is None else Space(known.journal.max_bytes, 0)
    moved, found = begin_anew(file, space, keep=keep_unsent)
    if as_json:
        print_json({"moved": str(moved), "kept": None if found is None else found.kept})
        return
    click.echo(f"the old journal is {moved}")
    for stream, ranges in ({} if found is None else found.kept).items():
        click.echo(f"{stream:9} {sum(hi - lo + 1 for lo, hi in ranges):8} records carried over")


def _configured(config: Path) -> "Config":
    from agent.config_file import load_config

    return load_config(config)


def _journal_of(known: "Config | None") -> Path:
    assert known is not None  # noqa: S101 - either a path or a configuration was given
    return known.journal.path


def _pictures(known: "Config") -> list[str]:
    """Pictures that the journal names and that are altered or missing."""
    from agent.pictures.check import check
    from agent.settings import pictures_folder
    from buffer.survey import Survey

    with Survey(known.journal.path) as survey:
        found = check(pictures_folder(known), (record for _, record in survey.after(0, "media")))
    return [
        f"picture {c.sha256} of {c.subject} is {c.state}" for c in found if c.state in ("altered", "missing")
    ]
