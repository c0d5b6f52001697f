"""`haulwatch sim`: the mocks as products; each prints one JSON line when ready and stops on SIGTERM."""

import importlib

import click

_MOCKS = {
    "receiver": "agent.cli.sim_receiver",
    "camera": "agent.cli.sim_camera",
    "platform": "agent.cli.sim_platform",
    "fleet": "agent.cli.sim_fleet",
    "truck": "agent.cli.sim_truck",
    "score": "agent.cli.sim_score",
}


class _Mocks(click.Group):
    """A group whose commands are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_MOCKS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _MOCKS:
            return None
        command: click.Command = getattr(importlib.import_module(_MOCKS[cmd_name]), cmd_name)
        return command


@click.group(cls=_Mocks)
def sim() -> None:
    """The mocks: a receiver on a pty, cameras over HTTP, a platform, a fleet, a whole truck."""
