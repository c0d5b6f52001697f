"""Commands in the journal: each state is written in one transaction with the reply that tells of it."""

import msgspec

from agent.commands.state import Command, exact, told
from agent.records import reply
from buffer.command import Kept
from buffer.journal import Journal
from drivers.clock import Clock

_DETAIL = 300  # characters


class Case(msgspec.Struct, frozen=True):
    """A command with the sink that asked and its id."""

    sink: str
    id: str
    command: Command


class Book:
    """Serves any thread."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal, self._clock = journal, clock

    def find(self, sink: str, name: str) -> Case | None:
        """The command of a sink under this id."""
        kept = self._journal.commands.find(sink, name)
        return None if kept is None else _case(kept)

    def open(self) -> list[Case]:
        """Those that are not answered for good, in the order in which they came."""
        return [case for case in map(_case, self._journal.commands.open()) if case.command.open]

    def keep(self, case: Case) -> None:
        """Have state and reply on disk when it returns; raises JournalFull, or ValueError for no JSON."""
        command = msgspec.structs.replace(
            case.command, detail=_short(case.command.detail), result=exact(case.command.result)
        )
        data = told(command, case.id)
        entry = reply(case.sink, case.id, data, self._clock.stamp())
        body = msgspec.json.encode(command)
        kept = Kept(case.sink, case.id, command.token, command.expires_ns, command.open, body)
        self._journal.commands.keep(kept, [entry])

    def say(self, case: Case, *, repeated: bool = False) -> None:
        """Reply and store nothing else; raises JournalFull."""
        command = msgspec.structs.replace(case.command, detail=_short(case.command.detail))
        data = told(command, case.id, repeated=repeated)
        self._journal.append([reply(case.sink, case.id, data, self._clock.stamp())])


def _case(kept: Kept) -> Case:
    """What was kept; one that was begun and isn't open any more lost its end with a damaged journal."""
    try:
        command = msgspec.json.decode(kept.body, type=Command)
    except msgspec.MsgspecError:  # of a version that this one does not know
        command = Command("unknown", {}, "failed", reason="unreadable")
    if command.open and not kept.open:
        command = msgspec.structs.replace(command, state="failed", reason="interrupted", result=None)
    return Case(kept.sink, kept.id, command)


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= _DETAIL else f"{text[: _DETAIL - 1]}…"
