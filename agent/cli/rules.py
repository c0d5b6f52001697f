"""`haulwatch rules`: what the rules would say of a recording."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from agent.cli.output import FINDINGS, json_option, print_json
from agent.errors import TrackError

if TYPE_CHECKING:
    from agent.config import Config
    from agent.dry.dry_run import Other, Told
    from agent.dry.recording import Run
    from agent.layers.gather import Gathered
    from agent.model import LoadReading, Settings

_GRAVE = ("violation", "critical")
_STATES = ("empty", "covered", "partly", "uncovered")
path_type = click.Path(path_type=Path)


class Inputs(msgspec.Struct, frozen=True):
    """What a dry run is given besides the track."""

    readings: Path | None
    switches: Path | None
    load: str | None
    zones: Path | None
    permits: Path | None
    vehicle: str | None
    config: Path | None


@click.group()
def rules() -> None:
    """The rules: try them on a recording."""


@rules.command()
@click.argument("track", default="-")
@click.option("--readings", type=path_type, help="JSON lines of `camera watch`: what the load was.")
@click.option("--switches", type=path_type, help='JSON lines: {"t": 12, "switch": "lift", "on": true}.')
@click.option("--load", type=click.Choice(_STATES), help="Assume that the load was so all the time.")
@click.option("--zones", type=path_type, help="A file of zones instead of the configuration's.")
@click.option("--permits", type=path_type, help="A list of permits instead of the configuration's.")
@click.option("--vehicle", help="FLEET/VEHICLE whose permits count, where no configuration says.")
@click.option("--config", type=path_type, help="A unit's configuration: its thresholds, zones, permits.")
@click.option("--explain", is_flag=True, help="Say of each event why it would have been written.")
@click.option("--all", "every", is_flag=True, help="All records but fixes, not only events.")
@json_option
def test(track: str, explain: bool, every: bool, as_json: bool, **given: Any) -> None:
    """Run the rules over TRACK and print the events and trips; exit code 1 when a violation is among them.

    TRACK is a log of NMEA sentences, JSON lines of `gnss decode`, or a `journal export`, whose own
    load.changed and switch.changed then say what the load and the switches were. Cameras, the journal and
    the receiver's testimony have no part in it.
    """
    from agent.dry.dry_run import still_open

    told = list(_run(track, Inputs(**given)))
    shown = [one for one in told if every or _is_event(one)]
    for one in shown:
        _print(one, explain=explain, as_json=as_json)
    counts = Counter(one.record.type for one in shown)
    left = still_open(one.record for one in shown)
    if not as_json:
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing"
        click.echo(f"{said}; open at the end: {', '.join(left) or 'nothing'}", err=True)
    if any(one.record.severity in _GRAVE for one in shown):
        sys.exit(FINDINGS)


def _run(track: str, given: Inputs) -> "list[Told]":
    from agent.dry.dry_run import dry_run
    from agent.dry.recording import runs_of

    raw = sys.stdin.buffer.read() if track == "-" else _read(Path(track))
    runs = runs_of(raw, "standard input" if track == "-" else track)
    known = [(run, _readings(run, given)) for run in runs]
    cameras = {reading.camera for _, readings in known for reading in readings} or {"body"}
    settings = msgspec.structs.replace(_settings(runs, given), body_cameras=tuple(sorted(cameras)))
    whole = [(run, _with_switches(run, readings, given)) for run, readings in known]
    return list(dry_run(whole, settings))


def _with_switches(run: "Run", readings: "list[LoadReading]", given: Inputs) -> "Iterator[Other]":
    from heapq import merge

    from agent.dry.switched import changes_of, switched

    changes = run.switches
    if given.switches is not None:
        changes = changes_of(_read(given.switches), str(given.switches), run)
    words: Iterator[Other] = switched(changes, run)
    return merge(words, iter(readings), key=lambda seen: seen.mono_ns)


def _readings(run: "Run", given: Inputs) -> "list[LoadReading]":
    from agent.dry.recording import assumed, readings_of

    if given.readings is not None:
        return readings_of(_read(given.readings), str(given.readings), run)
    return list(assumed([(0, given.load)] if given.load else run.loads, run))  # type: ignore[list-item]


def _settings(runs: "list[Run]", given: Inputs) -> "Settings":
    """The rules' settings, with dates as old as the recording."""
    from agent.settings import rule_settings
    from drivers.clock import SystemClock

    config = _config(given)
    utc = next((fix.utc for run in runs for fix in run.fixes if fix.utc), config.clock.not_before)
    clock = msgspec.structs.replace(config.clock, not_before=min(utc, config.clock.not_before))
    config = msgspec.structs.replace(config, clock=clock, cameras=())
    return rule_settings(config, SystemClock(0), _found(config, given))


def _config(given: Inputs) -> "Config":
    from agent.config_file import load_config, parse_config

    if given.config is not None:
        return load_config(given.config)
    fleet, _, vehicle = (given.vehicle or "dry/run").partition("/")
    if given.permits is not None and not (given.vehicle and vehicle):
        raise click.UsageError("--permits needs --vehicle FLEET/VEHICLE, or --config")
    unit = {"fleet": fleet, "vehicle": vehicle}
    nobody = {"kinds": ()}  # of a recording nobody was warned
    return parse_config({"unit": unit, "gnss": {"source": "file:/dry"}, "warning": nobody}, "--vehicle")


def _found(config: "Config", given: Inputs) -> "Gathered":
    """The files that are given, else what the configuration has; nothing of this machine without one."""
    from agent.layers.document import Voucher
    from agent.layers.gather import Gathered, gather, gathered
    from agent.permits_file import load_permits
    from agent.zones_file import load_zones

    here = Gathered() if given.config is None else gather(config)
    good: dict[str, Any] = {"zones": here.zones} if "zones" in here.layers else {}
    good |= {"permits": here.permits} if "permits" in here.layers else {}
    if given.zones is not None:
        good["zones"] = load_zones(given.zones)
    if given.permits is not None:
        whose = given.vehicle or f"{config.unit.fleet}/{config.unit.vehicle}"
        good["permits"] = load_permits(given.permits, Voucher(None, whose, config.unit.plate))
    return gathered(good, {})


def _is_event(one: "Told") -> bool:
    return one.record.stream in ("event", "trip") or one.record.type.startswith("could_not_check.")


def _print(one: "Told", *, explain: bool, as_json: bool) -> None:
    from agent.rules.explain import explain as reasons
    from agent.uplink.envelope import rfc3339

    record = one.record
    time = None if one.utc_ns is None else rfc3339(one.utc_ns)
    data = record.data | {"severity": record.severity}
    verdict = f"  {data['verdict'] or 'no verdict'}" if record.stream == "trip" else ""
    why = reasons(record.type, record.subject, data, one.mono_ns // 1000) if explain else []
    if as_json:
        at_us = one.mono_ns // 1000
        found: dict[str, Any] = {"time": time, "boot": one.boot, "mono_us": at_us, "stream": record.stream}
        found |= {"type": record.type, "subject": record.subject, "data": data}
        print_json(found | ({"why": why} if explain else {}))
        return
    when = time or f"+{one.mono_ns / 1e9:.1f} s"
    click.echo(f"{when}  {record.severity:9}  {record.type}  {record.subject}{verdict}")
    for line in why[1:] if explain else []:
        click.echo(f"    {line}")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as e:
        raise TrackError(f"cannot be read ({e.strerror})", where=str(file), remedy="name a file") from e
