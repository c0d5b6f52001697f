"""`haulwatch status`: what the running daemon says of itself."""

from pathlib import Path
from typing import Any

import click

from agent.cli.output import FINDINGS, FINE, config_option, json_option, print_json


@click.command()
@config_option
@json_option
@click.pass_context
def status(ctx: click.Context, config: Path, as_json: bool) -> None:
    """Ask the daemon; exit 1 when it names a fault, 3 when it does not answer."""
    from agent.config_file import load_config
    from agent.local_socket import ask

    answer = ask(load_config(config).status.socket, {"ask": "status"})
    if as_json:
        print_json(answer)
    else:
        for line in lines(answer):
            click.echo(line)
    ctx.exit(FINDINGS if answer["faults"] else FINE)


def lines(status: dict[str, Any]) -> list[str]:
    """The status for people, one thing a line."""
    unit = status["unit"]
    text = [
        f"haulwatch {status['version']}  {unit['fleet']}/{unit['vehicle']}  clock {status['clock']['origin']}"
    ]
    text.append(f"receiver  {_receiver(status['receiver'])}")
    text += [f"receiver  {line}" for line in testimony(status["receiver"])]
    text.append(f"position  {_position(status['fix'])}")
    load = status["load"] or {}
    text.append(f"load      {load.get('state', '-')} (lasting {load.get('lasting', '-')})")
    text += rest(status)
    cameras = sorted(status["cameras"].items())
    text += [f"camera    {name}: {_camera(camera)}" for name, camera in cameras]
    text += [f"camera    {name}: {line}" for name, camera in cameras for line in _faults(camera)]
    blind = sorted(status.get("blind", {}).items())
    text += [f"blind     {name}: {_blind(of)}" for name, of in blind if of["blind_s"]]
    text += [
        f"sink      {name}: {_sink(sink)}{_cost(sink)}" for name, sink in sorted(status["sinks"].items())
    ]
    told = status.get("commands", {}).get("sinks", {})
    text += [f"commands  {name}: {_commands(of)}" for name, of in sorted(told.items()) if any(of.values())]
    text += _settings(status.get("remote", {}))
    text.append(f"journal   {_journal(status['journal'])}{wear(status.get('written'))}")
    trip = status.get("trip")
    if trip:
        text.append(f"trip      {trip['id']}, loaded in {trip['site'] or 'no known site'}, {trip['sure']:g}")
    text += [f"violation {subject}" for subject in status["violations"]]
    text += [f"gap       {source}: {why}" for source, why in sorted(status["gaps"].items())]
    text += [f"fault     {fault}" for fault in status["faults"]]
    return text


def _receiver(receiver: dict[str, Any] | None) -> str:
    if receiver is None:
        return "not yet heard of"
    if not receiver["connected"]:
        return f"{receiver['source']}: {receiver['reason']}"
    errors = receiver["checksum_errors"]
    return f"{receiver['source']}: {receiver['epochs']} epochs, {errors} checksum errors"


def testimony(receiver: dict[str, Any] | None) -> list[str]:
    """What a connected receiver testifies of itself, one thing a line: signals, antenna, suspicions."""
    if receiver is None or not receiver["connected"]:
        return []
    concluded = " (concluded from the signals)" if receiver["antenna_inferred"] else ""
    rate = "-" if receiver["rate_hz"] is None else f"{receiver['rate_hz']:.1f}"
    damaged = receiver["checksum_error_rate"]
    line = "-" if damaged is None else f"{damaged:.1%}"
    text = [f"antenna {receiver['antenna']}{concluded}, {rate} epochs/s, {line} of sentences damaged"]
    strength = receiver["strength"].items()
    signals = [f"{name} {s['count']} x {s['mean']:.0f} dB-Hz" for name, s in strength]
    text += ["signals " + ", ".join(signals)] if signals else []
    return text + [f"suspicion {s['kind']}: {s['why']}" for s in receiver["suspicions"]]


def rest(status: dict[str, Any]) -> list[str]:
    """Switches, supply, sleep and warnings, where there is something to say."""
    text = [f"switch    {role}: {_switch(said)}" for role, said in sorted(status.get("switches", {}).items())]
    supply, given = status.get("supply"), status.get("warnings", {})
    if supply:
        volts = "not readable" if supply["volts"] is None else f"{supply['volts']:.1f} V"
        text.append(f"supply    {volts}{', low' if supply['low'] else ''}")
    if status.get("asleep"):
        text.append("asleep    the ignition is off")
    if given.get("given"):
        failed = f", {given['failed']} not: {given['reason']}" if given["failed"] else ""
        text.append(f"warnings  {given['given']} in the cab{failed}")
    return text


def _switch(said: dict[str, Any]) -> str:
    if said["on"] is None:
        return f"{said['fault'] or 'unknown'}: {said['why']}"
    return "on" if said["on"] else "off"


def _position(fix: dict[str, Any] | None) -> str:
    if fix is None:
        return "none yet"
    speed = "-" if fix["speed"] is None else f"{fix['speed'] * 3.6:.0f} km/h"
    how = f"{fix['mode']}  HDOP {fix['hdop']}  {fix['age_s']:.0f} s ago"
    return f"{fix['lat']:.6f} {fix['lon']:.6f}  {speed}  {how}"


def _camera(camera: dict[str, Any]) -> str:
    if not camera["connected"]:
        return f"{camera['role']}, {camera['reason']}"
    return f"{camera['role']}, {camera['fps']:.1f} fps, newest frame {camera['age_s'] or 0:.1f} s old"


def _faults(camera: dict[str, Any]) -> list[str]:
    return [f"{fault['kind']}: {fault['why']}" for fault in camera.get("faults", [])]


def _blind(of: dict[str, Any]) -> str:
    """The blind minutes of this shift or day, with their reasons."""
    why = ", ".join(f"{why} {seconds / 60:.1f}" for why, seconds in of["why"].items())
    return f"{of['blind_s'] / 60:.1f} min ({why})"


def _cost(sink: dict[str, Any]) -> str:
    """Pictures, and what the month has cost, where there is something to say."""
    pictures, budget = sink.get("pictures"), sink.get("budget")
    text = ""
    if pictures and (pictures["waiting"] or pictures["sent"] or pictures["unsent"]):
        text += f"; pictures: {pictures['sent']} files sent, {pictures['waiting']} records waiting"
        text += f", {pictures['unsent']} files not there" if pictures["unsent"] else ""
    if budget:
        share = 100 * budget["bytes"] / budget["limit"]
        text += f"; {share:.0f} % of the month's {budget['limit'] / 1e6:.0f} MB spent"
    return text


def _sink(sink: dict[str, Any]) -> str:
    if not sink["connected"]:
        return f"not connected: {sink['reason']}"
    return f"connected (MQTT {sink['protocol']}), {sink['acked']} acknowledged, {sink['in_flight']} in flight"


def _settings(remote: dict[str, Any]) -> list[str]:
    if not remote.get("state"):
        return []
    why = f": {remote['reason']}" if remote["reason"] else ""
    return [f"settings  of the platform, version {remote['version']}: {remote['state']}{why}"]


def _commands(of: dict[str, Any]) -> str:
    rejected = ", ".join(f"{reason} {count}" for reason, count in sorted(of["rejected"].items()))
    more = f", {of['malformed']} on wrong topics" if of["malformed"] else ""
    return f"{of['taken']} taken, {of['repeated']} repeated, rejected: {rejected or 'none'}{more}"


def wear(written: dict[str, Any] | None) -> str:
    """How fast the card wears, where it is known."""
    if not written or written["bytes_per_hour"] is None:
        return ""
    return f", {written['bytes_per_hour'] / 1e6:.1f} MB/h written for {written['hours']:.1f} h"


def _journal(journal: dict[str, Any]) -> str:
    return f"{journal['bytes'] / 1e6:.1f} MB, {journal['pending']} pending"
