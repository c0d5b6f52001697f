"""`haulwatch gnss configure`: shows how a receiver is set, and sets it as the agent needs it."""

import signal
import sys
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from agent.cli.gnss_line import usable_profiles
from agent.cli.output import FINDINGS, complain, json_option, print_json, say

if TYPE_CHECKING:
    from drivers.gnss.configure.change import Wish
    from drivers.gnss.configure.session import Report, Session
    from drivers.gnss.dialogue.conversation import Line
    from drivers.gnss.dialogue.identification import Candidate

_SPEED = click.IntRange(1200, 3_000_000)


@click.command()
@click.argument("port")
@click.option("--profile", help="Which receiver it is; default: ask it.")
@click.option("--baud", type=_SPEED, help="The line's present speed; default: find it.")
@click.option("--rate", type=click.FloatRange(min=0.1, max=50), help="Epochs per second.")
@click.option("--constellations", help="These and no others: gps,beidou,galileo,glonass,qzss,sbas,navic.")
@click.option("--sentences", help="These and no others: rmc,gga,gsa,gsv,…")
@click.option("--to-baud", type=_SPEED, help="The line's new speed.")
@click.option("--apply", is_flag=True, help="Do it; without, only show what would change.")
@click.option("--unverified", is_flag=True, help="Apply though nobody has tried the profile on hardware.")
@click.option("--save", is_flag=True, help="Also store it in the module; only with a verified profile.")
@json_option
def configure(port: str, as_json: bool, **options: Any) -> None:
    """Show the settings of the receiver at PORT and what would change; with --apply, change them.

    Without wishes: what the agent needs, BeiDou among it. The module is asked, but nothing is set without
    --apply. Exit code 1 when it was refused or undone. When interrupted, it undoes what it did.
    """
    from drivers.gnss.source.port import Port

    if options["save"] and not options["apply"]:
        raise click.UsageError("--save goes with --apply")
    wish = _wish(options)
    candidates = _candidates(options["profile"])
    with Port.open(port, options["baud"] or 9600) as opened:
        line = _HeedingLine(opened)
        session = _session(opened.name, line, candidates, options["baud"])
        report = _configured(session, line, wish, options)
    if as_json:
        print_json(report)
    else:
        _show(report)
    if report.problem:
        complain(report.complaint())
        sys.exit(FINDINGS)


def _wish(options: dict[str, Any]) -> "Wish":
    from drivers.gnss.configure.change import Wish

    return Wish(
        options["rate"], _names(options["constellations"]), _names(options["sentences"]), options["to_baud"]
    )


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(word.strip().lower() for word in text.split(",") if word.strip())


def _candidates(name: str | None) -> "list[Candidate]":
    """The named profile, or all."""
    from drivers.gnss.dialogue.identification import Candidate
    from drivers.profiles import gnss_profile

    profiles = {name: gnss_profile(name)} if name else usable_profiles()
    return [Candidate.of(n, profile) for n, profile in profiles.items()]


def _session(name: str, line: "Line", candidates: "list[Candidate]", baud: int | None) -> "Session":
    from drivers.clock import SystemClock
    from drivers.gnss.configure.session import Session
    from drivers.gnss.detect.search import BAUDS
    from drivers.gnss.dialogue.identification import speeds
    from drivers.gnss.source.ports import named_port, serial_ports

    session = Session(name, line, SystemClock(0))
    usb = named_port(name, serial_ports()).usb
    say("finding the module and its speed; up to two minutes when it is silent …")
    session.find(candidates, speeds(candidates, baud, BAUDS), usb)
    say("reading its settings …")
    session.read()
    return session


def _configured(session: "Session", line: "_HeedingLine", wish: "Wish", options: dict[str, Any]) -> "Report":
    try:
        report = session.plan(wish)
    except ValueError as e:
        raise click.UsageError(f"{session.identity.profile}: {e}") from e
    if not options["apply"]:
        return report
    if refusal := _refusal(report, unverified=options["unverified"], save=options["save"]):
        return report.refused(refusal)
    say("changing them …")
    line.heed()
    return session.apply(report, save=options["save"])


class _HeedingLine:
    """A line at which Ctrl-C, SIGTERM and a lost connection interrupt between two pieces, and only once.

    An exception out of a signal's handler may come anywhere, also where Python drops it, or while the
    changes are being taken back.
    """

    def __init__(self, line: "Line") -> None:
        self._line, self._told, self._heeded = line, False, False

    def heed(self) -> None:
        """From now on."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, self._note)

    def read(self) -> bytes:
        """What has come; raises KeyboardInterrupt."""
        self._interrupt()
        return self._line.read()

    def write(self, chunk: bytes) -> None:
        """Send bytes; raises KeyboardInterrupt."""
        self._interrupt()
        self._line.write(chunk)

    def set_baud(self, baud: int) -> None:
        """Change our side's speed."""
        self._line.set_baud(baud)

    def _note(self, *_: object) -> None:
        self._told = True

    def _interrupt(self) -> None:
        if self._told and not self._heeded:
            self._heeded = True
            raise KeyboardInterrupt


def _refusal(report: "Report", *, unverified: bool, save: bool) -> str | None:
    """Why nothing may be written with this profile."""
    if report.hardware_verified:
        return None
    if save:
        return "nobody has tried this profile on hardware: nothing is stored in the module with it"
    if not unverified:
        return "nobody has tried this profile on hardware: --unverified tries it, in RAM only"
    return None


def _show(report: "Report") -> None:
    said = " ".join(filter(None, [report.identity.module, report.identity.firmware])) or "no name told"
    tried = "" if report.hardware_verified else ", not verified on hardware"
    click.echo(f"{report.port}: {said} at {report.baud} baud")
    click.echo(f"    profile {report.identity.profile} ({report.identity.how}{tried})")
    for setting in report.settings:
        how = "" if setting.how == "read" else f"  ({_HOW[setting.how]})"
        click.echo(f"    {setting.name:<10} {setting.value}{how}")
    for message, changes in groupby(report.changes, key=lambda change: change.message):
        for change in changes:
            click.echo(f"  {change.name}: {change.old} → {change.new}")
        click.echo("".join(f"      by {text}\n" for text in message), nl=False)
    if report.assumed:
        click.echo(f"  the same messages set, to what is assumed of them: {', '.join(report.assumed)}")
    if report.cannot:
        click.echo(f"  no message of the profile sets: {', '.join(report.cannot)}")
    if report.overload:
        click.echo(f"  too much: {report.overload}")
    click.echo(f"{report.result}{', stored' if report.saved else ''}")
    moved = [c for c in report.changes if c.name == "baud"]
    if moved and report.result == "applied":
        lasts = "" if report.saved else f"; when its power goes it is back at {moved[0].old}"
        click.echo(f"  set gnss.baud to {moved[0].new}{lasts}")


_HOW = {"observed": "seen in its output", "factory": "factory setting, could not be read"}
