"""What the commands about one event share: its id on the command line."""

from typing import TYPE_CHECKING

import click

from agent.errors import AgentError

if TYPE_CHECKING:
    from buffer.records import Record
    from buffer.survey import Survey

identity = click.argument("identity", metavar="ID")


def find(survey: "Survey", identity: str) -> "Record":
    """The record of an id: `12`, `event/12`, or generation/stream/seq as a platform has it."""
    generation, stream, seq = ([survey.generation, "event", *identity.split("/")])[-3:]
    if identity.count("/") == 1:
        generation = survey.generation
    if not seq.isdecimal() or identity.count("/") > 2:
        raise click.BadParameter(f"{identity!r} is no id", param_hint="ID")
    if generation != survey.generation:
        raise AgentError(
            "is of another life of the journal",
            where=identity,
            remedy=f"this one is {survey.generation}; name the other file with --path",
        )
    record = survey.one(stream, int(seq))
    if record is None:
        raise AgentError("there is no such record", where=identity, remedy="see `haulwatch events list`")
    return record
