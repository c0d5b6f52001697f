"""`haulwatch doctor`: the self-test."""

import logging
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.gnss_line import stop_on_signals
from agent.cli.language_option import language_option
from agent.cli.output import FINDINGS, FINE, config_option, json_option, print_json

if TYPE_CHECKING:
    from agent.doctor.findings import Finding
    from agent.doctor.words import Words
    from agent.language import Language

_EVERY_S = 5.0


@click.command()
@click.option("--only", multiple=True, metavar="GROUP|CODE", help="Only this group or code; repeatable.")
@click.option("--all", "everything", is_flag=True, help="What is well, too, a line each.")
@click.option("--strict", is_flag=True, help="Exit 1 for a warning, too.")
@click.option("--watch", is_flag=True, help="Again and again, until Ctrl-C.")
@language_option
@config_option
@json_option
@click.pass_context
def doctor(ctx: click.Context, /, language: "Language", strict: bool, watch: bool, **asked: Any) -> None:
    """Check settings, devices, store and link; exit 1 when something is to be repaired.

    Asks the daemon where it runs, else the hardware. docs/faults.md lists every code.
    """
    from agent.doctor.registry import unknown
    from agent.doctor.words import Words

    logging.getLogger().addHandler(logging.NullHandler())  # what it means comes as findings
    words = Words(language)
    if wrong := unknown(asked["only"]):
        raise click.BadParameter(f"{wrong[0]} is no group and no code", param_hint="--only")
    findings = _watched(asked, words) if watch else _shown(asked, words)
    bad = {found.level for found in findings}
    ctx.exit(FINDINGS if "fail" in bad or (strict and "warn" in bad) else FINE)


def _examined(asked: dict[str, Any]) -> "Iterator[Finding]":
    from agent.doctor.examination import examine

    config: Path = asked["config"]
    return examine(config, asked["only"])


def _shown(asked: dict[str, Any], words: "Words") -> "list[Finding]":
    """All findings, which are printed: as JSON each as it comes, else together."""
    from agent.cli.doctor_text import Progress, show

    if asked["as_json"]:
        return [_told(found, words) for found in _examined(asked)]
    with Progress() as progress:
        findings = [progress.passed(found) for found in _examined(asked)]
    if sys.stdout.isatty() and asked.get("anew"):
        click.clear()
    show(findings, words, everything=asked["everything"] or bool(asked["only"]))
    return findings


def _told(found: "Finding", words: "Words") -> "Finding":
    line = {"code": found.code, "group": found.group, "level": found.level, "subject": found.subject}
    print_json(line | {"what": words.what(found), "do": words.do(found), "facts": found.facts})
    return found


def _watched(asked: dict[str, Any], words: "Words") -> "list[Finding]":
    """Until stopped: the whole screen anew; as JSON the findings that changed."""
    findings: list[Finding] = []
    stop = stop_on_signals()
    while not stop.is_set():
        if asked["as_json"]:
            findings = _changed(findings, _examined(asked), words)
        else:
            findings = _shown(asked | {"anew": True}, words)
        stop.wait(_EVERY_S)
    return findings


def _changed(before: "list[Finding]", now: "Iterable[Finding]", words: "Words") -> "list[Finding]":
    levels = {(found.code, found.subject): found.level for found in before}
    findings = []
    for found in now:
        findings.append(found)
        if levels.get((found.code, found.subject)) != found.level:
            _told(found, words)
    return findings
