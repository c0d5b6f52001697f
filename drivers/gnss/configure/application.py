"""Changing a module's settings: step by step, each verified, and all undone when one fails.

Only exchanges for RAM are sent, and the speed changes last: when the power fails between two messages, the
module comes up as it was.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from drivers.gnss.configure.change import Step
from drivers.gnss.configure.observation import Observation
from drivers.gnss.configure.settings import Settings, reading
from drivers.gnss.dialogue.conversation import Conversation
from drivers.gnss.dialogue.exchange import Dialogue
from drivers.gnss_profile import CONSTELLATIONS

_HEARD_S = 2.5  # a receiver speaks every second
_ENOUGH = 2  # messages whose checksum fits are no accident
_SETTLE_S = 1.0  # the epoch under way may still be of the old kind
_EPOCHS = 5
_MANY = 11  # epochs are enough at any rate
State = dict[str, int | str]


class Application:
    """One attempt. `state` is what the module has now, as far as known; `problem` what went wrong."""

    def __init__(
        self,
        conversation: Conversation,
        dialogue: Dialogue,
        settings: Settings,
        watch: Callable[[], Observation],
        baud: int,
    ) -> None:
        self._conversation, self._dialogue, self._watch = conversation, dialogue, watch
        self.state: State = settings.state
        self._readable = {name for name in self.state if settings[name].how == "read"}
        self.baud = baud
        self.problem: str | None = None
        self.stuck: list[str] = []

    def apply(self, steps: Sequence[Step]) -> bool:
        """Take all steps and verify them; on a failure take them back. True when all is as wanted."""
        done: list[Step] = []
        try:
            self.problem = self._take_all(steps, done)
        except KeyboardInterrupt:
            self.problem = "interrupted"
        if self.problem is not None:
            self._take_back(done)
        return self.problem is None

    def save(self) -> bool:
        """Store the settings for good, where the profile has an exchange for it."""
        exchange = self._dialogue.named("save")
        if exchange is None:
            self.problem = "the profile has no exchange `save`"
            return False
        reply = self._conversation.hold(exchange, self._dialogue.variables, self.state)
        self.problem = None if reply.done else f"{exchange.name}: {reply.outcome}"
        return reply.done

    def _take_all(self, steps: Sequence[Step], done: list[Step]) -> str | None:
        """What fails first; steps are put into `done` as they are begun."""
        moving = [s for s in steps if "baud" in s.new]
        staying = [s for s in steps if "baud" not in s.new]
        for step in staying:
            done.append(step)
            if problem := self._take(step):
                return problem
        if staying and (problem := self._observed(staying)):
            return problem
        for step in moving:
            done.append(step)
            if problem := self._take(step):
                return problem
        return None

    def _take(self, step: Step) -> str | None:
        """One step; gives what went wrong."""
        if problem := self._told(step, step.new):
            return problem
        self.state |= step.new
        if "baud" in step.new and (problem := self._follow(int(step.new["baud"]))):
            return problem
        return self._read_back(step.new)

    def _told(self, step: Step, values: State) -> str | None:
        """Send it; gives what the module objects. The answer to a new speed may be lost."""
        name, moves = step.exchange.name, "baud" in step.new
        state = {**self.state, **values}
        try:
            reply = self._conversation.hold(
                step.exchange, self._dialogue.variables, state, 1 if moves else Conversation.TRIES
            )
        except ValueError as e:
            return f"{name}: {e}"
        if not reply.done and not (moves and reply.outcome == "silent"):
            said = {"silent": "no answer", "unfit": f"answered nonsense ({reply.why})"}
            return f"{name}: {said[reply.outcome]}" if reply.outcome in said else _refused(step)
        for key, value in reply.values.items():
            if key in values and values[key] != value:
                return f"{name}: it answered {key} = {value}, not {values[key]}"
        return None

    def _follow(self, baud: int) -> str | None:
        """Go to the module's new speed."""
        self._conversation.set_baud(baud)
        if self._hears():
            self.baud = baud
            return None
        return f"silent at {baud} baud"

    def _hears(self) -> bool:
        """Whether anything whole comes, by itself or when asked."""
        if self._conversation.listen(_HEARD_S, _ENOUGH) >= _ENOUGH:
            return True
        questions = reading(self._dialogue, self._dialogue.variables.factory)[:1]
        variables = self._dialogue.variables
        return any(self._conversation.hold(q, variables, self.state, 1).done for q in questions)

    def _read_back(self, new: State) -> str | None:
        """Ask for what was set; what could not be read before is left to observation."""
        return next(self._differences(new, set()), None)

    def _differences(self, new: State, confirmed: set[str]) -> Iterator[str]:
        """What the module has otherwise; the variables that it has so are added to `confirmed`."""
        for exchange in reading(self._dialogue, new):
            reply = self._conversation.hold(exchange, self._dialogue.variables, self.state)
            if not reply.done and self._readable.intersection(exchange.reads, new):
                yield f"{exchange.name}: {reply.why or 'no answer'}"
            for key, value in reply.values.items():
                if key in new and new[key] != value:
                    yield f"{exchange.name}: {key} is {value}, not {new[key]}"
                confirmed.add(key)

    def _observed(self, steps: Sequence[Step]) -> str | None:
        """Watch the stream for a while; gives what differs from what was set."""
        new = {k: v for s in steps for k, v in s.new.items()}
        period_s = int(self.state.get("period_ms", 1000)) / 1000
        self._conversation.listen(_SETTLE_S + period_s)
        observation = self._watch()
        longest = max(_HEARD_S, _EPOCHS * period_s)
        self._conversation.watch(longest, lambda: observation.epochs >= _MANY)
        seen = observation.settings()
        return next(_contradictions(new, seen, self.state), None)

    def _take_back(self, done: Sequence[Step]) -> None:
        """Undo, the last first; what could not be undone is `stuck`."""
        for step in reversed(done):
            if "baud" in step.new and not self._back_to(int(step.old["baud"]), step):
                self.stuck.append(f"not heard again at {step.old['baud']} baud")
                return
            self.state |= step.old
            objection = self._told(step, step.old) if "baud" not in step.new else None
            confirmed: set[str] = set()
            differences = list(self._differences(step.old, confirmed))
            refused = objection == self.problem == _refused(step)  # so it has not been changed either
            if objection and not refused and not step.old.keys() <= confirmed:
                differences.append(objection)
            self.stuck += differences

    def _back_to(self, old: int, step: Step) -> bool:
        """The old speed: perhaps it never left it, perhaps it must be told at the new one."""
        new = int(step.new["baud"])
        for ours, told in ((old, False), (new, True), (old, True)):
            self._conversation.set_baud(ours)
            if told:
                self._told(step, step.old)
                self._conversation.set_baud(old)
            if self._hears():
                self.baud = old
                return True
        return False


def _refused(step: Step) -> str:
    return f"{step.exchange.name}: refused"


def _contradictions(new: State, seen: Mapping[str, int], state: Mapping[str, int | str]) -> Iterator[str]:
    """What the stream says against the new values; what it doesn't tell contradicts nothing."""
    for key, value in new.items():
        if key == "period_ms" and key in seen:
            if abs(seen[key] - int(value)) > 0.1 * int(value):
                yield f"an epoch every {seen[key]} ms, not every {value}"
        elif key in seen and bool(seen[key]) != bool(value) and not (seen[key] == 0 and _rare(value, state)):
            comes = "received" if key in CONSTELLATIONS else "sent"
            yield f"{key} is {'still' if seen[key] else 'not'} {comes}"


def _rare(every: int | str, state: Mapping[str, int | str]) -> bool:
    """Whether a sentence comes too seldom to be missed in the time we watch."""
    return int(every) * int(state.get("period_ms", 1000)) > _HEARD_S * 1000
