"""The table of violations: severity and competent authority of each kind; ours, and what a file overrides."""

import tomllib
from importlib import resources
from pathlib import Path

import msgspec

from agent.errors import ConfigError
from agent.rule_layers import Charge

Table = dict[str, Charge]


def load_charges(file: Path | None) -> Table:
    """All kinds, entries of `file` before ours; raises ConfigError naming the file, kind and remedy."""
    ours = _table(resources.files("agent").joinpath("violations.toml").read_text(), "violations.toml")
    if file is None:
        return ours
    try:
        theirs = _table(file.read_text(), str(file))
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(f"cannot be read ({e})", where=str(file), remedy="correct haulage.table") from e
    for kind in theirs.keys() - ours.keys():
        known = ", ".join(ours)
        raise ConfigError(f"{kind} is no kind of violation", where=str(file), remedy=f"known are {known}")
    return ours | theirs


def _table(text: str, where: str) -> Table:
    try:
        return msgspec.convert(tomllib.loads(text), Table)
    except tomllib.TOMLDecodeError as e:
        raise ConfigError(f"is not TOML ({e})", where=where, remedy="correct that line") from e
    except msgspec.ValidationError as e:
        remedy = "each kind has severity (info, notice, violation or critical) and a list authority"
        raise ConfigError(f"{e}", where=where, remedy=remedy) from e
