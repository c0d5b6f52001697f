"""What commands on receivers share: which source they mean, stopping, and the profiles there are."""

import functools
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.output import config_option

if TYPE_CHECKING:
    from drivers.gnss.receiver import ReceiverSetup
    from drivers.gnss_profile import GnssProfile


def source_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --source, --baud, --profile and --config: it gets the `setup` that they mean."""

    @functools.wraps(command)
    def with_setup(
        *, source: str | None, baud: int | None, profile: str | None, config: Path, **more: Any
    ) -> None:
        command(setup=_chosen(source, baud, profile, config), **more)

    source = click.option("--source", help="A tty, gpsd://host[:port] or file:/path; default: configured.")
    speed = click.IntRange(1200, 3_000_000)
    baud = click.option("--baud", type=speed, help="Speed of a tty; default: the profile's.")
    profile = click.option("--profile", help="The receiver's profile; default: configured.")
    return source(baud(profile(config_option(with_setup))))


def _chosen(source: str | None, baud: int | None, profile: str | None, config: Path) -> "ReceiverSetup":
    """The setup of the named source, or of the configured one; what was named goes before the file."""
    import msgspec

    from agent.config import ClockConfig, Gnss
    from agent.config_file import load_config
    from agent.receiver_setup import receiver_setup
    from drivers.gnss.source.address import FORMS, parse_source

    unit = load_config(config) if source is None else None
    gnss, clock = (unit.gnss, unit.clock) if unit else (Gnss(source or ""), ClockConfig())
    try:
        parse_source(gnss.source)
    except ValueError as e:
        raise click.BadParameter(f"{e}; write {FORMS}", param_hint="--source") from e
    named = {"baud": baud, "profile": profile}
    given = {k: v for k, v in named.items() if v is not None}
    return receiver_setup(msgspec.structs.replace(gnss, **given), clock)


def stop_on_signals() -> threading.Event:
    """Set by SIGTERM and SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def usable_profiles() -> "dict[str, GnssProfile]":
    """All receiver profiles, shipped and local; a broken local one is left out, `profile check` names it."""
    from drivers.errors import ProfileError
    from drivers.profiles import gnss_profile, profile_names

    found = {}
    for name in profile_names("gnss"):
        try:
            found[name] = gnss_profile(name)
        except ProfileError as e:
            click.echo(f"haulwatch: {e}", err=True)
    return found
