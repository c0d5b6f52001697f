"""`haulwatch evidence verify`: a bundle looked at without a network."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.output import FINDINGS, complain, json_option, print_json
from agent.errors import EvidenceError, NoEvidenceError

if TYPE_CHECKING:
    from agent.evidence.archive import Files
    from agent.evidence.findings import Verdict
    from agent.evidence.segments import Head
    from agent.evidence.signers import Trust

file_type = click.Path(path_type=Path)


@click.command()
@click.argument("bundles", metavar="BUNDLE...", type=file_type, nargs=-1, required=True)
@click.option("--trust", type=file_type, multiple=True, help="Keys: PEM, or JSON lines with units' births.")
@click.option("--anchor", type=file_type, multiple=True, help="Published anchors: JSON lines as received.")
@click.option("--report", type=file_type, help="Write a page for people, Chinese and English.")
@json_option
def verify(
    bundles: tuple[Path, ...],
    trust: tuple[Path, ...],
    anchor: tuple[Path, ...],
    report: Path | None,
    as_json: bool,
) -> None:
    """Say whether each BUNDLE is genuine; exit code 1 unless all are.

    It is an archive, its folder, a journal's file, or the sheet of a commissioning, which needs no --anchor.

    genuine: signed by a key in --trust, and its anchors are among those in --anchor. Without them the best
    that can be said is `self-consistent, key unknown`, and that is exit code 1, too.
    """
    from agent.evidence.held import published, trusted_keys

    if report is not None and (len(bundles) > 1 or _is_journal(bundles[0]) or _is_sheet(bundles[0])):
        raise click.UsageError("--report is for one bundle; a journal or a sheet has none")
    keys = {kid: key for file in trust for kid, key in trusted_keys(file).items()}
    heads = [head for file in anchor for head in published(file)]
    verdicts = [_one(bundle, keys, heads, report, as_json) for bundle in bundles]
    if any(word != "genuine" for word in verdicts):
        raise SystemExit(FINDINGS)


def _one(bundle: Path, keys: "Trust", heads: "list[Head]", report: Path | None, as_json: bool) -> str:
    from agent.evidence.archive import read
    from agent.evidence.verify import verify as verified

    if _is_journal(bundle):
        return _journal(bundle, keys, heads, as_json)
    try:
        if _is_sheet(bundle):
            return _sheet(bundle, keys, as_json)
        files, packed = read(bundle)
        verdict = verified(files, keys, heads, packed=packed)
    except EvidenceError as e:
        return _not_opened(bundle, e, report, as_json)
    _show(bundle, verdict, as_json)
    if report is not None:
        _write(report, files, verdict, bundle.name)
    return verdict.word


def _not_opened(bundle: Path, why: EvidenceError, report: Path | None, as_json: bool) -> str:
    """What is not there was not altered; one that cannot be opened was."""
    word = "unreadable" if isinstance(why, NoEvidenceError) else "altered"
    if as_json:
        finding = {"where": why.where, "what": why.what}
        print_json({"file": str(bundle), "verdict": word, "findings": [finding]})
    else:
        click.echo(f"{bundle}: {word}: {why}")
    if report is not None:
        complain(EvidenceError("is not written", where=str(report), remedy="there is nothing to report of"))
    return word


def _is_journal(path: Path) -> bool:
    return _begins(path).startswith(b"SQLite format 3\0")


def _is_sheet(path: Path) -> bool:
    return _begins(path).lower().startswith(b"<!doctype html")


def _begins(path: Path) -> bytes:
    if not path.is_file():
        return b""  # a pipe is read once
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError:
        return b""  # a folder, or what can't be read, which is said later


def _sheet(path: Path, keys: "Trust", as_json: bool) -> str:
    from agent.commission.signature import verify as verified

    verdict = verified(path.read_bytes(), keys, path.name)
    _show(path, verdict, as_json)
    return verdict.word


def _journal(path: Path, keys: "Trust", heads: "list[Head]", as_json: bool) -> str:
    from agent.evidence.whole import verify_journal

    verdict = verify_journal(path, keys, heads)
    _show(path, verdict, as_json)
    return verdict.word


def _show(bundle: Path, verdict: "Verdict", as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "file": str(bundle),
                "verdict": verdict.word,
                "text": verdict.text,
                "vehicle": verdict.vehicle,
                "subject": verdict.subject,
                "kid": verdict.kid,
                "fingerprint": verdict.fingerprint,
                "anchor": verdict.anchored,
                "pruned_before": verdict.genesis,
                "findings": verdict.findings,
                "withheld": verdict.manifest.get("withheld", []),
                "absent": verdict.manifest.get("absent", []),
            }
        )
        return
    click.echo(f"{bundle}: {verdict.text}")
    click.echo(f"  {verdict.vehicle}  {verdict.subject}  key {verdict.kid}")
    if verdict.genesis is not None:
        click.echo(f"  pruned before anchor {verdict.genesis}: every platform had those records")
    for gone in verdict.absent:
        click.echo(f"  absent     {gone['sha256']}: {gone['why']}")
    for finding in verdict.findings:
        click.echo(f"  {finding.kind:9}  {finding.where}: {finding.what}")


def _write(report: Path, files: "Files", verdict: "Verdict", name: str) -> None:
    from agent.evidence.report import page

    try:
        report.write_text(page(files, verdict, name), encoding="utf-8")
    except OSError as e:
        raise EvidenceError(
            f"cannot be written ({e.strerror})", where=str(report), remedy="name another file"
        ) from e
