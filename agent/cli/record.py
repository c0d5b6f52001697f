"""`haulwatch record`: what the flight recording holds, and a copy of it for whoever looks into it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from agent.cli.journal_file import since_option, until_option
from agent.cli.output import CONFIG, config_option, json_option, print_json

if TYPE_CHECKING:
    from agent.flight.ring import Ring
    from agent.flight.save import Saved

path_type = click.Path(path_type=Path)


@click.command()
@click.option("--status", is_flag=True, help="Say what is kept; so it does without any option.")
@click.option("--save", "target", type=path_type, help="Copy it into a new file, also while the agent runs.")
@since_option
@until_option
@click.option("--folder", type=path_type, help="The folder of the ring; else as the configuration says.")
@config_option
@json_option
def record(
    status: bool, target: Path | None, since: int, until: int, as_json: bool, **given: Path | None
) -> None:
    """What reached the rules, as the agent keeps it where [recording] says how many hours.

    --since and --until choose whole segments, of half an hour at most. The copy says where the truck was and
    when: it is personal data (docs/privacy.md). Play it with `haulwatch replay`.
    """
    from agent.flight.ring import ring_at

    if target is None and (since or until):
        raise click.UsageError("--since and --until choose what to --save")
    if target is not None and status:
        raise click.UsageError("give --status or --save")
    where, hours = _where(given["folder"], given["config"] or CONFIG)
    if target is not None:
        _save(ring_at(where), target, (since, until or None), as_json=as_json)
        return
    if hours == 0 and not where.is_dir():
        _say(
            {"on": False, "folder": str(where)},
            "off: hours in [recording] is 0",
            as_json,
        )
        return
    _status(ring_at(where), hours, as_json=as_json)


def _where(folder: Path | None, config: Path) -> tuple[Path, float | None]:
    """The ring's folder, and how many hours the configuration wants; None: it was not asked."""
    from agent.config_file import load_config
    from agent.flight.ring import folder_of

    if folder is not None:
        return folder, None
    found = load_config(config)
    return folder_of(found), found.recording.hours


def _status(ring: "Ring", hours: float | None, *, as_json: bool) -> None:
    from agent.flight.recorder import summary
    from agent.flight.save import span

    found = summary(ring)
    first, last = span(ring)
    body = {"on": None if hours is None else hours > 0, "wanted_hours": hours} | found
    body |= {"first": _time(first), "last": _time(last)}
    kept = (
        f"{found['segments']} segments, {found['hours']:g} h, {found['bytes'] / 1e6:.1f} MB in {ring.folder}"
    )
    if hours is not None:
        kept += f"; {hours:g} h are wanted" if hours else "; switched off"
    _say(body, f"{kept}\nfrom {_time(first) or '-'} to {_time(last) or '-'}", as_json)


def _save(ring: "Ring", target: Path, when: tuple[int, int | None], *, as_json: bool) -> None:
    from agent.cli.fresh_file import FreshFile
    from agent.errors import FlightError
    from agent.flight.save import save

    os.umask(0o077)
    try:
        with FreshFile(target) as file:
            saved = save(ring, file, *when)
    except OSError as e:
        raise FlightError(
            f"cannot be written ({e.strerror})", where=str(target), remedy="name another"
        ) from e
    body = {"file": str(target), "segments": saved.segments, "without_end": saved.cut, "bytes": saved.bytes}
    body |= {"unread": saved.unread}
    body |= {"first": _time(saved.first_utc_ns), "last": _time(saved.last_utc_ns)}
    _say(body, f"{target}: {_described(saved)}", as_json)


def _described(saved: "Saved") -> str:
    text = f"{saved.segments} segments, {saved.bytes / 1e6:.2f} MB"
    text += f", from {_time(saved.first_utc_ns) or '-'} to {_time(saved.last_utc_ns) or '-'}"
    text += f"; {saved.cut} without an end" if saved.cut else ""
    return text + (f"; nothing could be read of {saved.unread} others" if saved.unread else "")


def _time(utc_ns: int | None) -> str | None:
    from agent.uplink.envelope import rfc3339

    return None if utc_ns is None else rfc3339(utc_ns)


def _say(body: dict[str, Any], text: str, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.to_builtins(body))
    else:
        click.echo(text)
