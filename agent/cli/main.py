"""`haulwatch NOUN VERB`: finds a noun's module only when it is asked for, so that start-up stays short."""

import importlib
import os
import sys

import click

from agent.cli.output import KNOWN_ERRORS, complain, exit_code

_NOUNS = {
    "run": "the daemon",
    "demo": "a simulated truck's trip against an embedded broker",
    "status": "what the daemon says of itself",
    "watch": "the running unit on one screen",
    "web": "status, doctor and live pictures on the technician's phone",
    "doctor": "self-test with remedies",
    "commission": "guided installation in ten steps, with a signed sheet",
    "bundle": "what support needs to know, in one file",
    "gnss": "receivers: detect, configure, watch, record",
    "camera": "cameras: list, snapshot, classify",
    "events": "what happened, and why: list, show, explain, dispute",
    "coverage": "what was observed of a day, and why not: show",
    "trips": "from loading to unloading: list, show",
    "pictures": "pictures on the unit: list, show, verify, take",
    "evidence": "signed evidence of accusations: list, export, verify",
    "uplink": "the links to the platforms: test",
    "journal": "the buffer: stats, tail, export, verify, reset",
    "analyse": "where trucks stop with a load and unload, over many vehicles' exports",
    "track": "compact track batches: encode, decode",
    "rules": "the rules over a recording: test",
    "record": "the flight recording: what is kept, a copy of it",
    "replay": "a flight recording through the rules again",
    "zones": "sites and zones of a file: check",
    "permits": "permits to haul of a file: check",
    "keys": "keys of the platform and the unit: new, show, trust, rotate, device",
    "sign": "sign a command, permits, zones or a configuration",
    "config": "check or show the configuration",
    "profile": "profiles of receivers, cameras, units: list, show, check",
    "sim": "the mocks: receiver, camera, platform, fleet",
}


class _Nouns(click.Group):
    """A group whose commands are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _NOUNS:
            return None
        command: click.Command = getattr(importlib.import_module(f"agent.cli.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; whoever reads its output may stop reading, as `head` does."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:  # here: click itself would end with 1
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return None
        return result

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_NOUNS.items()))


@click.group(cls=_Nouns)
@click.version_option(package_name="haulwatch")
def haulwatch() -> None:
    """The edge agent of a muck truck."""


def main() -> None:
    """The console script: known errors become one line and an exit code, a closed pipe is no error."""
    try:
        haulwatch()
    except KNOWN_ERRORS as e:
        complain(e)
        sys.exit(exit_code(e))
