"""What goes to an address that the platform hands out: a picture's file, a support bundle."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from agent.bundle.archive import FOLDER, keep_newest, pack
from agent.bundle.parts import parts
from agent.bundle.scrub import Scrubber
from agent.commands.catalogue import Collected, Picture
from agent.config import Config, Sink
from agent.control.control import Done, Failed, Later, Outcome
from agent.uplink.access import tls_context
from agent.uplink.media.asking import find
from agent.uplink.media.shelf import NotThere, Shelf
from agent.uplink.reasons import LinkFault
from agent.uplink.spending import Spending
from buffer.journal import Journal
from drivers.clock import Clock

log = logging.getLogger(__name__)
_PATIENCE_NS = 110_000_000_000  # the answer must come before Control gives up on it


class Sending(msgspec.Struct, frozen=True):
    """What it takes: `ask(sink, sha256)` has a picture sent over MQTT, or gives a word why not.

    `status` says how the agent is; `spending` is a sink's budget, None while its uplink is built anew.
    """

    journal: Journal
    clock: Clock
    shelf: Shelf
    ask: Callable[[str, str], str | None]
    status: Callable[[], dict[str, Any]]
    spending: Callable[[str], Spending | None]


def upload(sending: Sending, sink: Sink, args: Picture) -> Outcome | Later:
    """Queue a picture's file, or put it to `args.url`."""
    url = args.url
    if url is None:
        refusal = sending.ask(sink.name, args.sha256)
        return _refused(refusal) if refusal else Done({"sha256": args.sha256})
    if broke := _broke(sending, sink):
        return broke
    return _aside(lambda: _picture(sending, sink, args.sha256, url))


def collect(sending: Sending, config: Config, sink: Sink, args: Collected) -> Outcome | Later:
    """Write a support bundle, and put it to `args.url` if there is one."""
    if args.url is not None and (broke := _broke(sending, sink)):
        return broke
    name = f"bundle-{sending.clock.boot[:8]}-{sending.clock.mono_ns() // 1_000_000}"

    def work() -> Outcome:
        wanted = parts(config, sending.status, personal=args.personal)
        folder = config.journal.path.parent / FOLDER
        made = pack(wanted, folder / f"{name}.zip", Scrubber(config, places=not args.personal).clean)
        keep_newest(folder)
        told = {"file": str(made.path), "sha256": made.sha256, "bytes": made.bytes}
        if args.url is None:
            return Done(told)
        sent = _put(sending, sink, args.url, (made.path, made.sha256, "application/zip"))
        return Done(told | {"sent": sent})

    return _aside(work)


def _picture(sending: Sending, sink: Sink, sha256: str, url: str) -> Outcome:
    try:
        sheet = find(sending.journal, sending.shelf, sha256)
        sending.shelf.check(sheet)
    except NotThere as e:
        return _refused(e.reason)
    sent = _put(sending, sink, url, (sending.shelf.path(sheet), sha256, sheet.media_type))
    return Done({"sha256": sha256, "bytes": sheet.bytes, "sent": sent})


def _aside(work: Callable[[], Outcome]) -> Later:
    """Work in a thread of its own, which is asked how it went."""
    outcomes: list[Outcome] = []

    def run() -> None:
        try:
            outcomes.append(work())
        except (LinkFault, OSError) as e:
            outcomes.append(Failed("upload_failed", str(e)))
        except Exception as e:
            log.exception("what a command asked for could not be uploaded")
            outcomes.append(Failed("error", type(e).__name__))

    threading.Thread(target=run, name="upload", daemon=True).start()
    return lambda: outcomes[0] if outcomes else None


def _put(sending: Sending, sink: Sink, url: str, what: tuple[Path, str, str]) -> int:
    """Bytes sent of (file, SHA-256, media type); raises LinkFault, OSError."""
    from agent.uplink.put import put

    end = sending.clock.mono_ns() + _PATIENCE_NS
    pause = threading.Event()

    def rest(seconds: float) -> bool:
        pause.wait(seconds)
        return sending.clock.mono_ns() < end

    return put(url, what, tls_context(sink), rest, lambda size: _spend(sending, sink, size))


def _broke(sending: Sending, sink: Sink) -> Failed | None:
    """The link costs by the byte and what the month has left is kept for what matters more."""
    spending = sending.spending(sink.name)
    if spending is None or spending.allows_more:
        return None
    return Failed("budget_spent", "ask again next month, or over an unmetered link")


def _spend(sending: Sending, sink: Sink, size: int) -> None:
    """The address is taken to lie behind the same network as the broker."""
    if spending := sending.spending(sink.name):
        spending.beside(size)


def _refused(reason: str) -> Failed:
    return Failed(reason, "this file cannot be sent")
