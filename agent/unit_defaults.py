"""What the unit's profile gives where the file says nothing, and the addresses of its terminals."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from agent.errors import ConfigError

if TYPE_CHECKING:
    from drivers.unit_profile import Terminal, UnitProfile

Table = dict[str, Any]
_PREFIX = "terminal:"


def completed(document: object, where: str) -> object:
    """The document with what its unit's profile gives, and addresses for the names of terminals.

    What is not as a configuration should be is left for the schema to say. Raises ConfigError for a profile
    that cannot be used, and a terminal that it does not have.
    """
    if not isinstance(document, dict):
        return document
    profile = _profile(document, where)
    known: Mapping[str, Terminal] = {} if profile is None else profile.terminals
    terminals = _Terminals(known, where)
    whole = _under(defaults(document, where), document)
    if isinstance(switches := whole.get("switches"), list):
        whole["switches"] = [terminals.of_switch(f"$.switches[{i}]", s) for i, s in enumerate(switches)]
    if isinstance(warning := whole.get("warning"), dict) and "gpio" in warning:
        whole["warning"] = warning | {"gpio": terminals.address("$.warning.gpio", warning["gpio"])}
    return whole


def defaults(document: Table, where: str) -> Table:
    """What the profile gives and the document does not say, table by table; raises ConfigError.

    Port and AT port go together, and so do the supply and what a count of it is worth.
    """
    profile = _profile(document, where)
    if profile is None:
        return {}
    limits = profile.limits
    given: Table = {
        "journal": {"max_bytes": limits.journal_bytes},
        "pictures": {"max_bytes": limits.picture_bytes, "ring_bytes": limits.ring_bytes},
    }
    if "source" not in _table(document, "gnss"):
        given["gnss"] = {"source": profile.ports.gnss, "control": profile.ports.control}
    if profile.supply is not None and "supply" not in _table(document, "power"):
        given["power"] = msgspec.to_builtins(profile.supply)
        given["power"]["supply"] = given["power"].pop("source")
    news = {name: _news(values, _table(document, name)) for name, values in given.items()}
    return {name: values for name, values in news.items() if values}


class _Terminals:
    """The terminals of a box, and where they are asked for."""

    def __init__(self, known: "Mapping[str, Terminal]", where: str) -> None:
        self._known, self._where = known, where

    def address(self, path: str, text: object) -> object:
        """The address behind a name, and any other as it stands."""
        found = self._find(path, text)
        return text if found is None else found.source

    def of_switch(self, path: str, switch: object) -> object:
        """A switch with addresses, and the active level of its terminal unless it names one."""
        if not isinstance(switch, dict):
            return switch
        whole = dict(switch)
        for key, level in (("source", "active"), ("second", "second_active")):
            found = self._find(f"{path}.{key}", whole.get(key))
            if found is not None:
                whole[key] = found.source
                # The second contact of a changeover switch is on when the first is off.
                whole.setdefault(level, found.active if key == "source" else _OTHER[found.active])
        return whole

    def _find(self, path: str, text: object) -> "Terminal | None":
        if not isinstance(text, str) or not text.startswith(_PREFIX):
            return None
        name = text.removeprefix(_PREFIX)
        if name not in self._known:
            names = ", ".join(self._known)
            remedy = f"its profile has {names}" if names else "set unit.profile to one that has terminals"
            raise ConfigError(f"{path}: the unit has no terminal {name!r}", where=self._where, remedy=remedy)
        return self._known[name]


_OTHER = {"high": "low", "low": "high"}


def _profile(document: Table, where: str) -> "UnitProfile | None":
    name = _table(document, "unit").get("profile")
    if not isinstance(name, str):
        return None
    from drivers.errors import ProfileError
    from drivers.profiles import unit_profile

    try:
        return unit_profile(name)
    except ProfileError as e:
        raise ConfigError(f"$.unit.profile: {e.where}: {e.what}", where=where, remedy=e.remedy) from e


def _table(document: Table, name: str) -> Table:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _news(values: Table, said: Table) -> Table:
    return {key: value for key, value in values.items() if value is not None and key not in said}


def _under(given: Table, document: Table) -> Table:
    """The document over what is given; what is no table stays as it is."""
    whole = dict(document)
    for name, values in given.items():
        if isinstance(document.get(name, {}), dict):
            whole[name] = values | document.get(name, {})
    return whole
