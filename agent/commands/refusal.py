"""That something a platform said was not taken, as the rules see it. Pure."""

import msgspec


class CommandRefused(msgspec.Struct, frozen=True):
    """A command, or a configuration, of a platform was not taken; `reason` is a word of docs/platform.md."""

    mono_ns: int
    sink: str
    reason: str
    name: str
    command: str
