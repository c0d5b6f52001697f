"""The exchanges of a profile, ready to use: templates read, `each` expanded, everything checked. Pure."""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from drivers.gnss.dialogue.template import Template
from drivers.gnss.dialogue.variables import Variables
from drivers.gnss_profile import ExchangeText, GnssProfile, Templates


class Exchange(msgspec.Struct, frozen=True):
    """What is said, what is answered, which variables that sets or reads; times in seconds.

    All of `answer` come, in order; without one the module stays silent. One of `refuse` is a refusal.
    """

    name: str
    send: tuple[Template, ...]
    answer: tuple[Template, ...] = ()
    refuse: tuple[Template, ...] = ()
    sets: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    layer: Literal["ram", "flash"] = "ram"
    timeout_s: float = 1.0
    pause_s: float = 0.0


class Dialogue:
    """All exchanges of a profile; raises ValueError ` - at $.key` for what is wrong with them."""

    def __init__(self, profile: GnssProfile) -> None:
        self.variables = Variables(profile)
        self.exchanges = tuple(self._read(profile.exchanges))
        self._by_name = {e.name: e for e in self.exchanges}
        if len(self._by_name) < len(self.exchanges):
            names = [e.name for e in self.exchanges]
            twice = next(n for n in names if names.count(n) > 1)
            raise ValueError(f"two exchanges are named {twice!r} - at `$.exchanges`")

    def named(self, name: str) -> Exchange | None:
        """The exchange of that name."""
        return self._by_name.get(name)

    def setting(self, variable: str) -> Exchange | None:
        """The first one that sets a variable, in RAM."""
        return next((e for e in self.exchanges if variable in e.sets and e.layer == "ram"), None)

    def reading(self, variable: str) -> Exchange | None:
        """The first one that reads a variable."""
        return next((e for e in self.exchanges if variable in e.reads), None)

    def _read(self, texts: tuple[ExchangeText, ...]) -> Iterator[Exchange]:
        for i, text in enumerate(texts):
            for one in _expanded(text):
                yield self._one(one, f"$.exchanges[{i}]")

    def _one(self, text: ExchangeText, path: str) -> Exchange:
        spoken = {
            key: self._templates(given, f"{path}.{key}", text.name)
            for key, given in (("send", text.send), ("answer", text.answer), ("refuse", text.refuse))
        }
        self._carries(text.sets, spoken["send"], f"{path}.sets` ({text.name})")
        self._carries(text.reads, spoken["answer"], f"{path}.reads` ({text.name})")
        return Exchange(
            name=text.name,
            sets=text.sets,
            reads=text.reads,
            layer=text.layer,
            timeout_s=text.timeout_s,
            pause_s=text.pause_s,
            **spoken,
        )

    def _templates(self, given: Templates | None, path: str, name: str) -> tuple[Template, ...]:
        texts = (given,) if isinstance(given, str) else given or ()
        found = []
        for text in texts:
            try:
                template = Template.parse(text)
            except ValueError as e:
                raise ValueError(f"{e} - at `{path}` ({name})") from e
            for value in template.names:
                if not self.variables.knows(value):
                    raise ValueError(f"{{{value}}} is no variable, code or mask - at `{path}` ({name})")
            found.append(template)
        return tuple(found)

    def _carries(self, wanted: tuple[str, ...], templates: tuple[Template, ...], where: str) -> None:
        carried = self.variables.carried(n for t in templates for n in t.names)
        for variable in wanted:
            if variable not in carried:
                raise ValueError(f"no template carries {variable!r} - at `{where}")


def _expanded(text: ExchangeText) -> Iterator[ExchangeText]:
    if text.each is None:
        yield text
        return
    plain = msgspec.structs.replace(text, each=None)
    for variable, words in text.each.items():
        filled = _fill(msgspec.to_builtins(plain), {"each": variable, **words})
        one = msgspec.convert(filled, ExchangeText, strict=True)
        name = one.name if "<each>" in text.name else f"{one.name} {variable}"
        yield msgspec.structs.replace(one, name=name)


def _fill(value: object, words: Mapping[str, str]) -> object:
    """Put the words in place of their `<keys>`, wherever there is text."""
    if isinstance(value, str):
        for key, word in words.items():
            value = value.replace(f"<{key}>", word)
        return value
    if isinstance(value, dict):
        return {key: _fill(its, words) for key, its in value.items()}
    return [_fill(its, words) for its in value] if isinstance(value, list | tuple) else value
