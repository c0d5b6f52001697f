"""Where things go: a sink's topic templates filled in for one vehicle. Pure."""

import re

import msgspec

from agent.config import Topics, Unit
from buffer.records import Record

BACKLOG = ("life", "event", "trip", "coverage", "health", "track", "media")
"""The streams that are published, by priority."""
LONGEST_NAME = 128
"""What name, id and levels of a command add to a topic, bytes, at most."""
_LEVEL = {"{name}": r"(?P<name>[^/]+)", "{id}": r"(?P<id>[^/]+)"}


class _Reply(msgspec.Struct):
    name: str
    command: str


class Addresses(msgspec.Struct, frozen=True):
    """The topics of one sink and vehicle; `streams` has one for each of `BACKLOG`.

    `command` and `answer` still hold {name} and {id}, `chunk` sha256 and index.
    """

    state: str
    live: str
    streams: dict[str, str]
    chunk: str
    command: str
    answer: str
    config: str
    reported: str

    @property
    def commands(self) -> str:
        """The filter to subscribe to for all commands."""
        return self.command.format(name="+", id="+")

    def reply(self, name: str, command: str) -> str:
        """Where the replies to a command go."""
        return self.answer.format(name=name, id=command)

    def of(self, record: Record) -> str:
        """Where a record goes: that of its stream, but replies to commands go where those came from."""
        if record.stream == "life" and record.type.startswith("command."):
            try:
                told = msgspec.json.decode(record.payload, type=_Reply)
            except msgspec.MsgspecError:  # it is ours, so it was damaged or made by another version
                return self.streams[record.stream]
            return self.reply(told.name, told.command)
        return self.streams[record.stream]

    def named(self, topic: str) -> tuple[str, str] | None:
        """(name, id) of a command's topic, whatever they hold; None for another topic."""
        levels = (_LEVEL.get(level) or re.escape(level) for level in self.command.split("/"))
        found = re.fullmatch("/".join(levels), topic)
        return (found["name"], found["id"]) if found else None


def addresses(topics: Topics, unit: Unit) -> Addresses:
    """Fill the templates; a Unit's names hold no slash and no wildcard, so levels stay what they are."""

    def fill(template: str) -> str:
        # What is filled in later stays a placeholder.
        later = {name: f"{{{name}}}" for name in ("name", "id", "sha256", "index")}
        return template.format(fleet=unit.fleet, vehicle=unit.vehicle, **later)

    return Addresses(
        state=fill(topics.state),
        live=fill(topics.live),
        streams={stream: fill(getattr(topics, stream)) for stream in BACKLOG},
        command=fill(topics.command),
        answer=fill(topics.reply),
        config=fill(topics.config),
        reported=fill(topics.reported),
        chunk=fill(topics.chunk),
    )


def source(unit: Unit) -> str:
    """The CloudEvents `source` of a vehicle, a URI reference; consumers de-duplicate on it and the id."""
    return f"haulwatch/{unit.fleet}/{unit.vehicle}"
