"""`upload_media`: a picture's file over MQTT, or to an address that the platform hands out."""

import logging
import threading
from collections.abc import Callable

import msgspec

from agent.commands.catalogue import Picture
from agent.config import Sink
from agent.control.control import Done, Failed, Later, Outcome
from agent.uplink.access import tls_context
from agent.uplink.media.asking import find
from agent.uplink.media.shelf import NotThere, Shelf
from agent.uplink.reasons import LinkFault
from buffer.journal import Journal
from drivers.clock import Clock

log = logging.getLogger(__name__)
_PATIENCE_NS = 110_000_000_000  # the answer must come before Control gives up on it


class Sending(msgspec.Struct, frozen=True):
    """What it takes: `ask(sink, sha256)` has a file sent over MQTT, or gives a word why not."""

    journal: Journal
    clock: Clock
    shelf: Shelf
    ask: Callable[[str, str], str | None]


def upload(sending: Sending, sink: Sink, args: Picture) -> Outcome | Later:
    """Queue the file, or put it to `args.url` in a thread of its own, which is asked how it went."""
    if args.url is None:
        refusal = sending.ask(sink.name, args.sha256)
        return _refused(refusal) if refusal else Done({"sha256": args.sha256})
    outcomes: list[Outcome] = []

    def work() -> None:
        try:
            outcomes.append(_put(sending, sink, args, args.url or ""))
        except Exception as e:
            log.exception("a picture could not be uploaded")
            outcomes.append(Failed("error", type(e).__name__))

    threading.Thread(target=work, name="upload", daemon=True).start()
    return lambda: outcomes[0] if outcomes else None


def _put(sending: Sending, sink: Sink, args: Picture, url: str) -> Outcome:
    from agent.uplink.put import put

    end = sending.clock.mono_ns() + _PATIENCE_NS
    pause = threading.Event()

    def rest(seconds: float) -> bool:
        pause.wait(seconds)
        return sending.clock.mono_ns() < end

    try:
        sheet = find(sending.journal, sending.shelf, args.sha256)
        sending.shelf.check(sheet)
        sent = put(url, sending.shelf.path(sheet), args.sha256, tls_context(sink), rest)
    except NotThere as e:
        return _refused(e.reason)
    except (LinkFault, OSError) as e:
        return Failed("upload_failed", str(e))
    return Done({"sha256": args.sha256, "bytes": sheet.bytes, "sent": sent})


def _refused(reason: str) -> Failed:
    return Failed(reason, "this file cannot be sent")
