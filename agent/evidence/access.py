"""What is said about evidence at the command line, put on record: by the daemon, else in the journal itself.

The control socket knows three more questions: `accessed` (`what`, `subject`, `sha256`, `by`), `dispute`
(`subject`, `signed`, `key`) and `commissioned` (`subject`, `by`, `kid`, `complete`, `sheet`, `steps`).
"""

import getpass
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from agent.config import Config
from agent.errors import PlatformMissing
from agent.local_socket import ask
from agent.model import Accessed, Commissioned, Disputed, Observation
from agent.model_commission import SheetFile, StepDone
from agent.model_evidence import Signed
from agent.records import entry
from agent.rules.evidence import written
from buffer.errors import JournalError
from buffer.journal import Journal
from drivers.clock import Clock, SystemClock

_Short = Annotated[str, Meta(min_length=1, max_length=300)]
Where = Literal["daemon", "journal"]
_Said = Accessed | Disputed | Commissioned


class _AskedAccess(msgspec.Struct, frozen=True):
    what: Literal["evidence.exported", "picture.viewed"]
    subject: _Short
    sha256: _Short
    by: _Short


class _AskedDispute(msgspec.Struct, frozen=True):
    subject: _Short
    signed: Signed
    key: _Short


class _AskedCommissioned(msgspec.Struct, frozen=True):
    subject: _Short
    by: _Short
    kid: _Short
    complete: bool
    sheet: SheetFile
    steps: tuple[StepDone, ...]

    def at(self, mono_ns: int) -> Commissioned:
        """As it is observed."""
        return Commissioned(mono_ns, **msgspec.structs.asdict(self))


def answers(offer: Callable[[Observation], None], clock: Clock) -> dict[str, Any]:
    """The daemon's side; raises msgspec.ValidationError for a question that lacks something."""

    def accessed(question: dict[str, Any]) -> dict[str, Any]:
        asked = msgspec.convert(question, _AskedAccess)
        offer(Accessed(clock.mono_ns(), asked.what, asked.subject, asked.by, asked.sha256))
        return {"recorded": True}

    def dispute(question: dict[str, Any]) -> dict[str, Any]:
        asked = msgspec.convert(question, _AskedDispute)
        offer(Disputed(clock.mono_ns(), asked.subject, asked.signed, asked.key))
        return {"recorded": True}

    def commissioned(question: dict[str, Any]) -> dict[str, Any]:
        offer(msgspec.convert(question, _AskedCommissioned).at(clock.mono_ns()))
        return {"recorded": True}

    return {"accessed": accessed, "dispute": dispute, "commissioned": commissioned}


def person() -> str:
    """Whose account this is, and who became root by sudo."""
    name = getpass.getuser()
    before = os.environ.get("SUDO_USER")
    return f"{before} as {name}" if before and before != name else name


def accessed(config: Config, what: str, subject: str, sha256: str) -> Where:
    """Put on record that somebody looked; raises JournalError when that is not possible."""
    asked = {"what": what, "subject": subject, "sha256": sha256, "by": person()}
    clock = SystemClock(round(config.clock.not_before.timestamp()) * 1_000_000_000)
    values = msgspec.convert(asked, _AskedAccess)
    seen = Accessed(clock.mono_ns(), values.what, values.subject, values.by, values.sha256)
    return _told(config, {"ask": "accessed", **asked}, seen, clock)


def disputed(config: Config, subject: str, signed: Signed, key: str) -> Where:
    """Put an objection on record; raises JournalError when that is not possible."""
    asked = {"ask": "dispute", "subject": subject, "signed": msgspec.to_builtins(signed), "key": key}
    clock = SystemClock(round(config.clock.not_before.timestamp()) * 1_000_000_000)
    return _told(config, asked, Disputed(clock.mono_ns(), subject, signed, key), clock)


def commissioned(config: Config, told: dict[str, Any]) -> Where:
    """Put a commissioning on record; `told` as for the socket's question. Raises JournalError."""
    clock = SystemClock(round(config.clock.not_before.timestamp()) * 1_000_000_000)
    seen = msgspec.convert(told, _AskedCommissioned).at(clock.mono_ns())
    return _told(config, {"ask": "commissioned", **told}, seen, clock)


def _told(config: Config, question: dict[str, Any], seen: _Said, clock: Clock) -> Where:
    try:
        answer = ask(config.status.socket, question)
    except PlatformMissing:
        _write(config, seen, clock)
        return "journal"
    if "error" in answer:
        raise JournalError(
            str(answer["error"]), where=str(config.status.socket), remedy="see the daemon's log"
        )
    return "daemon"


def _write(config: Config, seen: _Said, clock: Clock) -> None:
    """Into the journal of a daemon that does not run."""
    file = config.journal
    opened = Journal.open(file.path, clock.boot, max_bytes=file.max_bytes, min_free_bytes=file.min_free_bytes)
    try:
        opened.append([entry(record, clock.stamp(seen.mono_ns)) for record in written(seen)])
    finally:
        opened.close()
        _give_back(file.path)


def _give_back(journal: Path) -> None:
    """What root made of the journal's files belongs to the agent's account, which has the folder."""
    if os.geteuid() != 0:
        return
    owner = journal.parent.stat()
    for made in journal.parent.glob(f"{journal.name}*"):
        os.chown(made, owner.st_uid, owner.st_gid)
