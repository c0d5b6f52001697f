"""An agent in virtual time: the rules, fed second by second, over power cuts and all.

As in the daemon, a record is durable before the next observation, and the rule state is kept with each record
and every half a minute; a power cut leaves what was kept, and a start reads it back.
"""

from collections.abc import Iterator

import msgspec

from agent.config import Config
from agent.model import Effect, Emit, Observation, Restarted, Sampling, Settings
from agent.recovery import Saved, saved
from agent.rules.state import State
from agent.rules.step import step
from agent.scenarios.boot import Boot, Told
from agent.scenarios.disk import Disk
from agent.scenarios.senses import Camera, Links, Receiver, switches, tick
from agent.testimony_setup import phrases_of
from drivers.gnss.decode import Decoder
from drivers.gnss.listener import Listener
from drivers.gnss.testimony.witness import Testimony
from drivers.profiles import gnss_profile
from drivers.sim.faults import Schedule
from drivers.sim.scenario.receiver import module_of
from drivers.sim.scenario.world import World


class Unit:
    """One truck's agent in one world; `settings` are the rules', without a time."""

    def __init__(self, world: World, config: Config, settings: Settings) -> None:
        self._world, self._config, self._settings = world, config, settings
        self._module = module_of(world, world.pose, Schedule(world.faults()))
        self._camera = Camera(world, config.vision.health, settings.fps_moving)
        self._state, self._disk = State(), Disk()
        self._boots: list[Boot] = []

    @property
    def boots(self) -> list[Boot]:
        """Those of the world."""
        return [Boot(n, begin, end) for n, (begin, end) in enumerate(self._world.boots())]

    def run(self) -> Iterator[Told]:
        """All records but those of the track, in order."""
        for boot in self.boots:
            yield from self._start(boot)
            receiver, links = Receiver(self._module, self._listener(), boot), Links(self._world)
            for t in range(boot.begin, boot.end):
                heard: list[Observation] = [
                    tick(self._world, boot, t),
                    *receiver.second(t),
                    *self._camera.second(boot, t),
                    *links.second(boot, t),
                    *switches(self._world, boot, t),
                ]
                for seen in sorted(heard, key=lambda one: one.mono_ns):
                    yield from self._take(boot, seen)

    def _start(self, boot: Boot) -> Iterator[Told]:
        """What the daemon's core does first: the state that was kept, a restart, the settings."""
        now, first = boot.mono_ns(boot.begin), boot.number == 0
        if not first:
            raw = saved(
                self.boots[boot.number - 1].name, msgspec.structs.replace(self._disk.state, settings=None)
            )
            self._state = msgspec.msgpack.decode(raw, type=Saved).state
        last = self._disk.last_fix()
        self._disk.begin(now)
        begun = Restarted(now, "simulated", first=first, new_boot=True, clean=first, last_fix=last)
        yield from self._take(boot, begun)
        settings = msgspec.structs.replace(self._settings, mono_ns=now, boot=boot.name)
        yield from self._take(boot, settings)

    def _take(self, boot: Boot, seen: Observation) -> Iterator[Told]:
        self._state, effects = step(self._state, seen)
        self._disk.keep(boot, seen.mono_ns, self._state, effects)
        for effect in effects:
            yield from self._act(boot, seen.mono_ns, effect)

    def _act(self, boot: Boot, now: int, effect: Effect) -> Iterator[Told]:
        if isinstance(effect, Sampling):
            self._camera.fps = effect.fps
        elif isinstance(effect, Emit):
            yield Told(boot.world_s(now // 1000), boot, effect)

    def _listener(self) -> Listener:
        gnss = self._config.gnss
        profile = gnss_profile(gnss.profile)
        testimony = Testimony(gnss.health, phrases_of(profile), profile.rate_hz)
        weeks = sum(quirk.weeks for quirk in profile.quirks if not quirk.firmware)
        not_before = self._config.clock.not_before
        ends_with = profile.output.ends_with or ""
        return Listener(
            lambda: Decoder(eager=True, ends_with=ends_with, not_before=not_before, weeks=weeks), testimony
        )
