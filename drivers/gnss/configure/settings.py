"""A module's present settings: asked for, or observed in what it sends, or taken from the factory's."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from drivers.gnss.configure.observation import Observation
from drivers.gnss.dialogue.conversation import Conversation
from drivers.gnss.dialogue.exchange import Dialogue, Exchange
from drivers.gnss_profile import CONSTELLATIONS, SENTENCES

How = Literal["read", "observed", "factory"]
SETTABLE = ("period_ms", *CONSTELLATIONS, *SENTENCES, "baud")
_READ_TRIES = 2
_SILENCES = 2  # unanswered questions in a row: it answers none


class Setting(msgspec.Struct, frozen=True):
    """A variable's value and how it is known; `factory` is only an assumption."""

    name: str
    value: int | str
    how: How


class Settings:
    """All variables of a profile as they are now."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._known: dict[str, Setting] = {
            name: Setting(name, value, "factory") for name, value in dialogue.variables.factory.items()
        }

    @property
    def state(self) -> dict[str, int | str]:
        """The values alone."""
        return {name: setting.value for name, setting in self._known.items()}

    def __getitem__(self, name: str) -> Setting:
        return self._known[name]

    def listed(self) -> list[Setting]:
        """Those that can be configured at all, in a fixed order."""
        return [self._known[name] for name in SETTABLE if name in self._known]

    def learn(self, name: str, value: int | str, how: How) -> None:
        """Take a value for a variable that the profile has."""
        if name in self._known:
            self._known[name] = Setting(name, value, how)

    def observe(self, observation: Observation) -> None:
        """Take what the stream tells."""
        for name, value in observation.settings().items():
            self.learn(name, value, "observed")

    def read(self, conversation: Conversation, names: Iterable[str]) -> None:
        """Ask for these variables, as far as there are questions for them and they are answered."""
        silences = 0
        for exchange in reading(self._dialogue, names):
            if silences >= _SILENCES:
                return
            reply = conversation.hold(exchange, self._dialogue.variables, self.state, _READ_TRIES)
            silences = silences + 1 if reply.outcome == "silent" else 0
            for name, value in reply.values.items():
                self.learn(name, value, "read")


def reading(dialogue: Dialogue, names: Iterable[str]) -> list[Exchange]:
    """The exchanges that read these variables, each once."""
    found = [dialogue.reading(name) for name in names]
    return list({e.name: e for e in found if e is not None}.values())
