"""The configuration that the platform wants: checked, applied, watched for a while, reported, and taken back.

Works in the thread of commands; `take` serves any. What was there when it was applied (the authority's link,
fixes) must not be lost: when it is for `lost_s`, or a worker gives up, or the agent ends again and again, the
last good one comes back.
"""

import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from agent.commands.order import moment_of
from agent.config import Remote
from agent.control.intake import trust_in
from agent.errors import AgentError, ConfigError
from agent.remote import book
from agent.remote.allowed import forbidden
from agent.remote.book import Page, Wanted
from agent.remote.live import Live
from agent.trust.document import Refused
from agent.uplink.envelope import rfc3339
from drivers.clock import Clock

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_STARTS = 3  # that many starts without an orderly end, and it goes back
_LARGEST = 256 * 1024


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Annotated[int, Meta(ge=1, le=(1 << 53) - 1)]
    settings: dict[str, Any]


class Signs(msgspec.Struct, frozen=True):
    """How the agent is: whether the authority's link is there, whether fixes come, workers that gave up."""

    link: bool
    fix: bool
    given_up: frozenset[str] = frozenset()


class Surroundings(msgspec.Struct, frozen=True):
    """What the configuration of a platform meets.

    `authority` is the sink that may change it; `refused(sink, reason)` is told of what was not taken;
    `report(sink, payload)` has something retained there; `record` journals what became of settings.
    """

    live: Live
    clock: Clock
    vehicle: str
    trust: Path
    authority: str
    signs: Callable[[], Signs]
    refused: Callable[[str, str], None]
    report: Callable[[str, bytes], None]
    record: Callable[[Page], None]


class Desired:
    """See above; `file` holds the page over restarts."""

    def __init__(self, around: Surroundings, how: Remote, file: Path) -> None:
        self._around, self._how, self._file = around, how, file
        self._inbox: deque[tuple[str, bytes]] = deque(maxlen=16)
        self.page = book.read(file)
        self._since = around.clock.mono_ns()
        self._before: Signs | None = None
        self._lost: dict[str, int] = {}

    def take(self, sink: str, payload: bytes) -> None:
        """A platform said something on its topic."""
        self._inbox.append((sink, payload))

    def begin(self, *, clean: bool) -> None:
        """After a start: one that is on probation is watched anew, unless the agent ended too often."""
        around, page = self._around, self.page
        if around.live.fault:
            self._turn(page.back(f"does not fit any more: {around.live.fault}"))
        elif page.stage == "probation":
            starts = page.starts + (not clean)
            if starts >= _STARTS:
                self._turn(page.back(f"the agent ended {starts} times on probation"))
            else:
                self._note(msgspec.structs.replace(page, starts=starts))
                self._watch_anew(Signs(page.had_link, page.had_fix))
        self._say()

    def tend(self) -> None:
        """Take what came, and look after a probation."""
        self._reread()
        while self._inbox:
            sink, payload = self._inbox.popleft()
            try:
                self._consider(sink, payload)
            except RecursionError:
                self._refuse(sink, None, Refused("malformed", "is nested too deeply"))
            except Refused as e:
                self._refuse(sink, self._known(payload), e)
        if self.page.stage == "probation":
            self._look()

    def _consider(self, sink: str, payload: bytes) -> None:
        around = self._around
        if sink != around.authority:
            raise Refused("not_authority", f"{around.authority} has the authority, not {sink}")
        if not payload:  # what was retained there was deleted
            return
        if len(payload) > _LARGEST:
            raise Refused("too_large", f"has {len(payload)} bytes, at most {_LARGEST}")
        known = self._known(payload)
        if known is not None and known == self.page.newest:
            self._say()
            return
        now = moment_of(around.clock.stamp().utc_ns)
        content = trust_in(around.trust).opened(payload, "config", around.vehicle, now)
        self._adopt(_wanted(content.body))

    def _known(self, payload: bytes) -> Wanted | None:
        """What a document says, believed or not: what was taken before needs to be believed no more."""
        try:
            return _wanted(msgspec.json.decode(payload)["signed"]["body"])
        except (msgspec.MsgspecError, KeyError, TypeError, Refused):
            return None

    def _adopt(self, wanted: Wanted) -> None:
        page, newest = self.page, self.page.newest
        if newest is not None and wanted.version <= newest.version:
            raise Refused("replayed", f"version {newest.version} was there already")
        if bad := forbidden(wanted.settings):
            raise Refused("bad_args", f"may not be set from afar: {', '.join(bad[:5])}")
        try:
            changed = self._around.live.try_on(wanted.settings)
        except ConfigError as e:
            raise Refused("bad_args", f"{e.what}; {e.remedy}") from e
        good = page.good if page.stage == "probation" else page.now
        stage: book.Stage = "probation" if changed or page.stage == "probation" else "applied"
        before = self._around.signs()
        self._watch_anew(before)
        self._turn(Page(stage, None, wanted, good, wanted, had_link=before.link, had_fix=before.fix))

    def _turn(self, page: Page) -> None:
        """Have it on disk first: so an end in the midst of it counts."""
        self._note(page)
        try:
            self._around.live.apply(page.settings)
        except AgentError as e:
            log.error("settings: %s", e)  # noqa: TRY400 - it is handled
            self._note(page.back(str(e)))
            self._around.live.apply(self.page.settings)
        self._around.record(self.page)
        self._say()

    def _note(self, page: Page) -> None:
        self.page = page
        try:
            book.write(self._file, page)
        except ConfigError as e:
            log.error("settings: %s", e)  # noqa: TRY400 - the disk may be full, and the agent goes on

    def _watch_anew(self, before: Signs) -> None:
        self._since, self._before, self._lost = self._around.clock.mono_ns(), before, {}

    def _look(self) -> None:
        """One look at an agent on probation."""
        now, signs = self._around.clock.mono_ns(), self._around.signs()
        before = self._before or signs
        for name, was, there in (("link", before.link, signs.link), ("fix", before.fix, signs.fix)):
            if there or not was:
                self._lost.pop(name, None)
            else:
                self._lost.setdefault(name, now)
        over = [name for name, since in self._lost.items() if now - since >= self._how.lost_s * SECOND]
        over += [f"worker {name}" for name in sorted(signs.given_up - before.given_up)]
        if over:
            log.warning("settings: %s lost on probation; the last good ones come back", ", ".join(over))
            self._turn(self.page.back(f"lost: {', '.join(over)}"))
        elif now - self._since >= self._how.probation_s * SECOND and not self._lost:
            self._note(msgspec.structs.replace(self.page, stage="applied", good=None, starts=0))
            self._around.record(self.page)
            self._say()

    def _reread(self) -> None:
        """Somebody at the unit may have had the platform's settings forgotten."""
        marker = forget_file(self._file)
        if marker.exists():
            marker.unlink(missing_ok=True)
            self._turn(self.page.forgotten())

    def _refuse(self, sink: str, claimed: Wanted | None, why: Refused) -> None:
        log.warning("sink %s: configuration rejected: %s %s", sink, why.reason, why)
        self._around.refused(sink, why.reason)
        self._around.report(sink, self._payload("rejected", f"{why.reason}: {why}", claimed))

    def _say(self) -> None:
        if self.page.newest is not None:
            self._around.report(
                self._around.authority, self._payload(self.page.stage, self.page.reason, self.page.newest)
            )

    def _payload(self, stage: str, reason: str | None, said: Wanted | None) -> bytes:
        now, utc_ns = self.page.now, self._around.clock.stamp().utc_ns
        return msgspec.json.encode(
            {
                "version": said.version if said else None,
                "state": stage,
                "reason": reason,
                "hash": now.hash if now else None,
                "settings": self.page.settings,
                "time": None if utc_ns is None else rfc3339(utc_ns),
            }
        )


def forget_file(file: Path) -> Path:
    """Its presence asks the running agent to forget what the platform set."""
    return file.with_name(f"{file.name}.forget")


def _wanted(body: dict[str, Any]) -> Wanted:
    try:
        read = msgspec.convert(body, _Body)
    except msgspec.ValidationError as e:
        raise Refused("malformed", f"its body is not understood ({e})") from e
    return Wanted(read.version, read.settings)
