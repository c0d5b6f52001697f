"""`haulwatch run`: the daemon."""

from pathlib import Path

import click

from agent.cli.output import config_option


@click.command()
@config_option
def run(config: Path) -> None:
    """Run the agent until SIGTERM; SIGHUP takes the log level from the file again."""
    from agent import daemon

    daemon.run(config)
