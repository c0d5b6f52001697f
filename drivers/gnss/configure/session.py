"""Configuring a module: who is it, how is it set, what would change; and doing it."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from drivers.clock import Clock
from drivers.errors import DeviceLost, DriverError
from drivers.gnss.configure.application import Application
from drivers.gnss.configure.change import State, Step, Wish, assumed, overload, steps, wanted
from drivers.gnss.configure.observation import Observation
from drivers.gnss.configure.settings import SETTABLE, Setting, Settings
from drivers.gnss.dialogue.conversation import Conversation, Line
from drivers.gnss.dialogue.frames import Message
from drivers.gnss.dialogue.identification import Candidate, Identity, find_baud, identify
from drivers.gnss_profile import GnssProfile

_WATCH_S = 3.2  # three epochs at 1 Hz
_EPOCHS = 11  # twice the five after which some modules send GSV, and a begun one
Result = Literal["nothing to change", "shown", "applied", "rolled back", "not rolled back"]


class Change(msgspec.Struct, frozen=True):
    """One variable: before, after, and the messages that do it, as they are sent: text, or bytes in hex."""

    name: str
    old: int | str
    new: int | str
    exchange: str
    message: tuple[str, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was found and done.

    `assumed`: variables that the messages also carry, with factory values that nobody could read or see;
    `cannot`: those that no message sets; `problem`: why it was undone; `left`: what could not be undone.
    """

    port: str
    baud: int
    identity: Identity
    hardware_verified: bool
    settings: list[Setting]
    changes: list[Change]
    assumed: list[str]
    cannot: list[str]
    overload: str | None
    result: Result
    saved: bool = False
    problem: str | None = None
    left: list[str] = []

    def refused(self, why: str) -> "Report":
        """The same, with nothing done."""
        return msgspec.structs.replace(self, problem=why)

    def complaint(self) -> DriverError:
        """The problem as an error, with what became of the module."""
        remedy = {
            "rolled back": "all is as it was",
            "not rolled back": f"not all is as it was ({'; '.join(self.left)}): power the module off and on",
            "applied": "it works until the power goes",
        }.get(self.result, "nothing was changed")
        return DriverError(self.problem or "", where=self.port, remedy=remedy)


class Session:
    """One module at one line, found and read; `plan`, then `apply`. Raises DriverError."""

    def __init__(self, name: str, line: Line, clock: Clock) -> None:
        self._name, self._observation = name, Observation()
        self._conversation = Conversation(line, clock, self)
        self._steps: list[Step] = []
        self._wish = Wish()

    def see(self, message: Message, mono_ns: int) -> None:
        """Every message that comes is evidence of the settings."""
        self._observation.see(message, mono_ns)

    def find(self, candidates: Sequence[Candidate], bauds: Sequence[int], usb: str | None = None) -> None:
        """Find the speed, and which of these the module is; raises DeviceLost when nothing makes sense."""
        heard = find_baud(self._conversation, bauds)
        for baud in [heard] if heard else bauds:
            self._conversation.set_baud(baud)
            found = identify(self._conversation, candidates, usb, self._observation.lines)
            if found:
                candidate, self.identity = found
                self.baud, self._profile, self._dialogue = baud, candidate.profile, candidate.dialogue
                self._has_speed = not _is_usb(candidate.profile, usb)
                return
        raise self._unknown(heard, [c.name for c in candidates])

    def read(self) -> None:
        """Learn the present settings: by asking, and what isn't answered by watching."""
        observation = self._watch()
        self._conversation.watch(_WATCH_S, lambda: observation.epochs >= _EPOCHS)
        self._settings = Settings(self._dialogue)
        self._settings.learn("baud", self.baud, "observed")
        self._settings.observe(self._observation)
        self._settings.read(self._conversation, SETTABLE)

    def plan(self, wish: Wish) -> Report:
        """What would change; raises ValueError for what this module can't have."""
        self._wish, state = wish, self._settings.state
        target = wanted(wish, self._profile, state)
        self._steps, cannot = steps(self._dialogue, state, target)
        known = [name for name in state if self._settings[name].how != "factory"]
        after = state | {k: v for s in self._steps for k, v in s.new.items()}
        return Report(
            port=self._name,
            baud=self.baud,
            identity=self.identity,
            hardware_verified=self._profile.hardware_verified,
            settings=self._settings.listed(),
            changes=[change for step in self._steps for change in self._changes(step, state)],
            assumed=assumed(self._dialogue, self._steps, {*target, *known}),
            cannot=cannot,
            overload=overload(state, after) if self._has_speed else None,
            result="shown" if self._steps else "nothing to change",
        )

    def apply(self, report: Report, *, save: bool = False) -> Report:
        """Do what the report shows; nothing is sent that would outlive the power unless `save`."""
        if report.overload:
            return report.refused(report.overload)
        if report.cannot and self._wish != Wish():
            return report.refused(f"no message of the profile sets {', '.join(report.cannot)}")
        application = Application(self._conversation, self._dialogue, self._settings, self._watch, self.baud)
        done = application.apply(self._steps)
        saved = done and save and application.save()
        undone: Result = "not rolled back" if application.stuck else "rolled back"
        return msgspec.structs.replace(
            report,
            baud=application.baud,
            result=("applied" if self._steps else "nothing to change") if done else undone,
            saved=saved,
            problem=application.problem,
            left=application.stuck,
        )

    def _changes(self, step: Step, state: State) -> list[Change]:
        values = self._dialogue.variables.values({**state, **step.new})
        message = tuple(_shown(template.encode(values)) for template in step.exchange.send)
        return [Change(k, step.old[k], v, step.exchange.name, message) for k, v in step.new.items()]

    def _watch(self) -> Observation:
        """Begin to watch anew."""
        self._observation = Observation()
        return self._observation

    def _unknown(self, heard: int | None, names: Iterable[str]) -> DriverError:
        if heard:
            what = f"a receiver at {heard} baud, but not one of these: {', '.join(names)}"
            return DeviceLost(what, where=self._name, remedy="name its --profile, or write one")
        return DeviceLost(
            "no answer at any speed", where=self._name, remedy="see `haulwatch gnss detect`, or name --baud"
        )


def _is_usb(profile: GnssProfile, usb: str | None) -> bool:
    """Whether the line is the module's own USB port or a modem's: there a speed means nothing."""
    return usb in profile.identify.usb or bool(profile.start and profile.start.port == "control")


def _shown(whole: bytes) -> str:
    text = whole.decode("latin-1").removesuffix("\r\n")
    return text if text.isascii() and text.isprintable() else whole.hex(" ").upper()
