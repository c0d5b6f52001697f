"""The configuration that holds now, and changing it while the agent runs: only what differs is touched."""

import logging
import threading
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from agent.config import Config
from agent.config_file import load_config, parse_config
from agent.errors import ConfigError
from agent.layers.in_force import InForce
from agent.model import Settings
from agent.remote.allowed import LOCAL, REMOTE, Table, covered, leaves, merged, part
from agent.settings import rule_settings
from drivers.clock import Clock

log = logging.getLogger(__name__)


class Hooks(msgspec.Struct, frozen=True):
    """How a change takes effect.

    `adopt` takes the configuration and the rules' part of it, None if that is as before; `restart` builds
    these workers anew.
    """

    adopt: Callable[[Config, Settings | None], None]
    restart: Callable[[Iterable[str]], None]


class Live:
    """`config` is what holds. Every method may be called from any thread."""

    def __init__(self, path: Path, remote: Table, clock: Clock, layers: InForce | None = None) -> None:
        """Read the file, with `remote` over it; raises ConfigError for the file.

        Zones and permits are those of `layers`; without, their files are read each time.

        What is wrong with `remote` alone is left in `fault`, and it is left out.
        """
        self.path, self.fault = path, ""
        self._clock, self._lock = clock, threading.Lock()
        self._base, self._remote = read_document(path), remote
        self._hooks: Hooks | None = None
        local = load_config(path)
        try:
            self.config = self._checked(self._base, remote)
        except ConfigError as e:
            self.fault, self.config, self._remote = str(e), local, {}
        self._layers = layers
        self._settings = self._rules(self.config)

    @property
    def settings(self) -> Settings:
        """The rules' part."""
        return self._settings

    def connect(self, hooks: Hooks) -> None:
        """From now on changes take effect by these."""
        self._hooks = hooks

    def try_on(self, remote: Table) -> list[str]:
        """Which settings `remote` would change; raises ConfigError, and changes nothing."""
        return differing(self.config, self._checked(self._base, remote))

    def apply(self, remote: Table) -> list[str]:
        """Have the file's settings with `remote` over them; the paths of what changed. Raises ConfigError."""
        with self._lock:
            found = self._checked(self._base, remote)
            self._remote = remote
            return self._turn(found)

    def reload(self) -> tuple[list[str], list[str]]:
        """Read the file again: paths of what changed, and of what waits for a restart. Raises ConfigError."""
        with self._lock:
            load_config(self.path)
            fresh = read_document(self.path)
            base = merged_parts(self._base, fresh)
            changed = self._turn(self._checked(base, self._remote))
            self._base = base
            before, after = dict(leaves(part(self._base, LOCAL))), dict(leaves(part(fresh, LOCAL)))
            waiting = [path for path in {**before, **after} if before.get(path) != after.get(path)]
            return changed, sorted(waiting)

    def refresh(self) -> None:
        """Zones or permits may have changed: look. Raises ConfigError."""
        if self._layers is None:
            self.take_layers()
        else:
            self._layers.refresh()

    def take_layers(self) -> None:
        """Other zones or permits are in force."""
        with self._lock:
            self._turn(self.config)

    def _rules(self, config: Config) -> Settings:
        return rule_settings(config, self._clock, None if self._layers is None else self._layers.now)

    def _checked(self, base: Table, remote: Table) -> Config:
        try:
            return parse_config(merged(base, remote), str(self.path))
        except ValueError as e:
            raise ConfigError(str(e), where="the platform's settings", remedy="correct them") from e

    def _turn(self, new: Config) -> list[str]:
        old, settings = self.config, self._rules(new)
        changed = differing(old, new)
        fresh = settings.hash != self._settings.hash
        self.config, self._settings = new, settings
        if self._hooks is None:
            return changed
        self._hooks.adopt(new, settings if fresh else None)
        logging.getLogger().setLevel(new.log.level.upper())
        workers = [f"uplink:{s.name}" for s, t in zip(new.sinks, old.sinks, strict=True) if s != t]
        workers += ["receiver"] if new.gnss.health != old.gnss.health else []
        workers += ["vision"] if new.vision.health != old.vision.health else []
        if workers:
            self._hooks.restart(workers)
        if changed:
            log.warning("settings changed: %s", ", ".join(changed))
        return changed


def read_document(path: Path) -> Table:
    """The file as plain objects; raises ConfigError."""
    try:
        return tomllib.loads(path.read_text())
    except (OSError, ValueError) as e:
        raise ConfigError(f"cannot be read ({e})", where=str(path), remedy="name the right file") from e


def merged_parts(base: Table, fresh: Table) -> Table:
    """The local part of one document and the rest of another; sinks are those of the first."""
    rest = part(fresh, REMOTE)
    names = {sink.get("name") for sink in base.get("sinks", [])}
    if "sinks" in rest:
        rest["sinks"] = [sink for sink in rest["sinks"] if sink["name"] in names]
    return merged(part(base, LOCAL), rest)


def differing(old: Config, new: Config) -> list[str]:
    """Paths whose values differ."""
    before, after = _flat(old), _flat(new)
    return sorted(path for path in {**before, **after} if before.get(path) != after.get(path))


def _flat(config: Config) -> dict[str, Any]:
    plain: Table = msgspec.to_builtins(config, enc_hook=str)
    sinks = plain.pop("sinks")
    plain.pop("cameras")
    plain.pop("switches")
    flat = dict(leaves(plain))
    for sink in sinks:
        flat |= {f"sinks.{sink['name']}.{path}": value for path, value in leaves(sink)}
    return flat


def is_remote(path: str) -> bool:
    """Whether a path of `leaves` may be set from afar."""
    return covered(path, REMOTE)
