"""`haulwatch doctor`: the self-test."""

from pathlib import Path

import click

from agent.cli.output import FINDINGS, FINE, config_option, json_option, print_json


@click.command()
@config_option
@json_option
@click.pass_context
def doctor(ctx: click.Context, config: Path, as_json: bool) -> None:
    """Check settings, devices, store and link; exit 1 when something does not work."""
    from agent.doctor.examination import examine

    worst = FINE
    for finding in examine(config):
        worst = FINDINGS if finding.level == "fail" else worst
        if as_json:
            print_json(finding)
        else:
            subject = f"{finding.subject}: " if finding.subject else ""
            click.echo(f"{finding.level.upper():4} {finding.code:16} {subject}{finding.what}")
            if finding.do:
                click.echo(f"{'':21} → {finding.do}")
    ctx.exit(worst)
