"""What the commands do that change something: pace, records once more, zones, permits, trust, settings."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from agent.commands.catalogue import Camera, Collected, Enclosed, Interval, Picture, Range
from agent.commands.order import moment_of
from agent.config import Sink
from agent.control.control import Call, Deed, Done, Failed, Later, Outcome
from agent.control.intake import trust_in
from agent.control.rhythm import Rhythms
from agent.control.upload import Sending, collect, upload
from agent.layers.document import refuse
from agent.layers.gather import sources
from agent.layers.permits import permits_of
from agent.model import Observation, PictureAsked, Skipped
from agent.remote.book import put
from agent.remote.live import Live
from agent.rules.motion import subject
from agent.trust.document import Content, Purpose, Refused
from agent.trust.store import write_store
from agent.uplink.ear import Ear, Rhythm
from agent.uplink.envelope import rfc3339
from agent.zones_file import load_zones
from buffer.journal import Journal
from buffer.ranges import RangeSet
from drivers.clock import Clock

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_SHOWN = 100  # ranges in an answer
A = TypeVar("A")


class Hands(msgspec.Struct, frozen=True):
    """What commands reach: `put` takes observations, `ear` is that of a sink's present uplink.

    `restart` builds workers anew; `sending` has files sent.
    """

    journal: Journal
    clock: Clock
    live: Live
    vehicle: str
    trust: Path
    put: Callable[[Observation], None]
    ear: Callable[[str], Ear | None]
    restart: Callable[[Iterable[str]], None]
    sending: Sending

    @property
    def folder(self) -> Path:
        """The state folder."""
        return self.trust.parent


def changing(hands: Hands) -> Mapping[str, Deed]:
    """All but those that only look."""
    return {
        "snapshot": lambda call: _snapshot(hands, _args(call, Camera)),
        "upload_media": lambda call: _upload(hands, call.sink, _args(call, Picture)),
        "set_interval": lambda call: _pace(hands, call.sink, _args(call, Interval)),
        "collect_bundle": lambda call: _bundle(hands, call.sink, _args(call, Collected)),
        "rescan": lambda _: _rescan(hands),
        "resend": lambda call: _resend(hands, call.sink, _args(call, Range)),
        "sync_zones": lambda call: _zones(hands, _args(call, Enclosed)),
        "sync_permits": lambda call: _permits(hands, _args(call, Enclosed)),
        "trust": lambda call: _trust(hands, _args(call, Enclosed)),
        "reload": lambda _: _reload(hands),
    }


def _args(call: Call, kind: type[A]) -> A:
    assert isinstance(call.args, kind)  # noqa: S101 - the catalogue says so
    return call.args


def _snapshot(hands: Hands, args: Camera) -> Outcome | Later:
    """Have it taken; the answer is what is on record of it."""
    if args.camera not in [c.name for c in hands.live.config.cameras if c.on]:
        return Failed("no_such_camera", f"{args.camera} is not there, or is off")
    now, seen = hands.clock.mono_ns(), hands.journal.last("media")
    name = subject("snapshot", hands.live.settings, now)
    hands.put(PictureAsked(now, args.camera, "platform"))

    def look() -> Outcome | None:
        nonlocal seen
        for record in hands.journal.commands.records("media", seen + 1, 100):
            seen = record.seq
            if record.subject != name:
                continue
            told: dict[str, Any] = msgspec.json.decode(record.payload)
            if record.type == "picture.taken":
                files = {kind: told[kind] and told[kind]["sha256"] for kind in ("original", "overlay")}
                return Done({"subject": name, "camera": args.camera, **files})
            if record.type == "picture.failed":
                return Failed("no_picture", str(told.get("reason")))
        return None

    return look


def _upload(hands: Hands, sink: str, args: Picture) -> Outcome | Later:
    return upload(hands.sending, _sink(hands, sink), args)


def _bundle(hands: Hands, sink: str, args: Collected) -> Outcome | Later:
    return collect(hands.sending, hands.live.config, _sink(hands, sink), args)


def _sink(hands: Hands, name: str) -> Sink:
    return next(sink for sink in hands.live.config.sinks if sink.name == name)


def _pace(hands: Hands, sink: str, args: Interval) -> Outcome:
    ear, now = hands.ear(sink), hands.clock.stamp()
    if ear is None:
        return Failed("no_link", "the uplink is being built anew")
    until_ns = round(args.for_s * SECOND)
    rhythm = Rhythm(args.track_every_s, args.live_every_s, now.mono_ns + until_ns)
    Rhythms(hands.journal.notes, hands.clock).keep(sink, rhythm)
    ear.hasten(rhythm)
    until = None if now.utc_ns is None else rfc3339(now.utc_ns + until_ns)
    return Done({"until": until, "track_every_s": args.track_every_s, "live_every_s": args.live_every_s})


def _rescan(hands: Hands) -> Outcome:
    cameras = any(camera.on for camera in hands.live.config.cameras)
    workers = ["receiver", "vision"] if cameras else ["receiver"]
    hands.restart(workers)
    return Done({"restarted": workers})


def _resend(hands: Hands, sink: str, args: Range) -> Outcome:
    """What is there is unsettled, on disk before it is said; what was pruned is named as skipped."""
    last = min(args.last, hands.journal.last(args.stream))
    if args.first > last:
        return Failed("bad_args", f"{args.stream} ends at {hands.journal.last(args.stream)}")
    again = hands.journal.commands.unsettle(sink, args.stream, args.first, last)
    hands.journal.commit()
    gone = hands.journal.settled(sink, args.stream).intersection(RangeSet([(args.first, last)]))
    for lo, hi in gone:
        hands.put(Skipped(hands.clock.mono_ns(), sink, args.stream, lo, hi, "pruned"))
    if ear := hands.ear(sink):
        ear.resend(args.stream, again)
    return Done({"again": list(again)[:_SHOWN], "records": again.count, "pruned": list(gone)[:_SHOWN]})


def _zones(hands: Hands, args: Enclosed) -> Outcome:
    """Check zones as those of a file are, put them into the state folder, and have the rules take them."""
    content = _opened(hands, args, "zones")
    if isinstance(content, Failed):
        return content
    file = sources(hands.live.config)["zones"].sent
    draft = file.with_name(f"{file.name}.new")
    put(draft, msgspec.json.encode(content.body))
    try:
        zones = load_zones(draft)
        put(file, draft.read_bytes())
    finally:
        draft.unlink(missing_ok=True)
    hands.live.refresh()
    return Done({"zones": len(zones), "settings": hands.live.settings.hash})


def _permits(hands: Hands, args: Enclosed) -> Outcome:
    content = _opened(hands, args, "permits")
    if isinstance(content, Failed):
        return content
    file = sources(hands.live.config)["permits"].sent
    sheet = permits_of(content.body)
    refuse(file, sheet.problems)
    put(file, msgspec.json.encode(args.document))
    hands.live.refresh()
    stored = {"stored": True, "nonce": content.nonce, "permits": len(sheet.held)}
    return Done(stored | {"settings": hands.live.settings.hash})


def _trust(hands: Hands, args: Enclosed) -> Outcome:
    text = msgspec.json.encode(args.document)
    try:
        store = trust_in(hands.trust).rotated(text, hands.vehicle, _now(hands))
    except Refused as e:
        return Failed(e.reason, str(e))
    if not store.keys:
        return Failed("bad_args", "nobody would be trusted any more")
    write_store(hands.trust, store)
    return Done({"keys": [key.kid for key in store.keys]})


def _reload(hands: Hands) -> Outcome:
    changed, waiting = hands.live.reload()
    return Done({"changed": changed, "after_restart": waiting})


def _opened(hands: Hands, args: Enclosed, purpose: Purpose) -> Content | Failed:
    """What a document of its own says, if it is believed."""
    text = msgspec.json.encode(args.document)
    try:
        return trust_in(hands.trust).opened(text, purpose, hands.vehicle, _now(hands))
    except Refused as e:
        return Failed(e.reason, str(e))


def _now(hands: Hands) -> datetime | None:
    return moment_of(hands.clock.stamp().utc_ns)
