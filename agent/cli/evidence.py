"""`haulwatch evidence`: which accusations there are, a bundle of one, whether a bundle is genuine."""

import click

from agent.cli.evidence_export import export, list_evidence
from agent.cli.evidence_verify import verify

evidence = click.Group(
    "evidence",
    commands=[list_evidence, export, verify],
    help="Signed evidence of accusations: list, export, verify.",
)
