"""Where things go: a sink's topic templates filled in for one vehicle. Pure."""

import msgspec

from agent.config import Topics, Unit

BACKLOG = ("life", "event", "trip", "coverage", "health", "track", "media")
"""The streams that are published, by priority."""


class Addresses(msgspec.Struct, frozen=True):
    """The topics of one sink and vehicle; `streams` has one for each of `BACKLOG`.

    `chunk` is still a template, of sha256 and index.
    """

    state: str
    live: str
    streams: dict[str, str]
    chunk: str


def addresses(topics: Topics, unit: Unit) -> Addresses:
    """Fill the templates; a Unit's names hold no slash and no wildcard, so levels stay what they are."""

    def fill(template: str) -> str:
        # What is filled in later stays a placeholder.
        return template.format(fleet=unit.fleet, vehicle=unit.vehicle, sha256="{sha256}", index="{index}")

    return Addresses(
        state=fill(topics.state),
        live=fill(topics.live),
        streams={stream: fill(getattr(topics, stream)) for stream in BACKLOG},
        chunk=fill(topics.chunk),
    )


def source(unit: Unit) -> str:
    """The CloudEvents `source` of a vehicle, a URI reference; consumers de-duplicate on it and the id."""
    return f"haulwatch/{unit.fleet}/{unit.vehicle}"
