"""What a check answers and what becomes of it: a stable code, a level, and the facts that fill the words."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from agent.doctor.patient import Patient

Level = Literal["ok", "warn", "fail", "skip"]
Why = Literal["needs", "stopped", "none", "off", "clock", "absent", "unread", "early", "rests"]
"""Why something was not checked: a key of `skips` in faults.toml."""


class Verdict(msgspec.Struct, frozen=True):
    """What a check found: `kind`, and the facts that fill the words; a fault's level is in faults.toml."""

    kind: Literal["ok", "fault", "skip"]
    facts: dict[str, Any] = {}


class Check(msgspec.Struct, frozen=True):
    """One check. Its words are in faults.toml under the same code, `group.name`.

    `run` is given the patient and, of a check that looks at `each` of several things, the thing's name. It
    may take long: it has a thread of its own. Where one of `needs` is at fault (of the same thing, if
    both look at each), this one is skipped, so that only the root of a trouble is named.
    """

    code: str
    run: Callable[..., Verdict]
    each: "Callable[[Patient], Iterable[str]] | None" = None
    needs: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """The part of the unit that it looks at."""
        return self.code.partition(".")[0]


class Finding(msgspec.Struct, frozen=True):
    """One line of the self-test; `subject` names the camera, platform or worker where there are several."""

    code: str
    level: Level
    subject: str = ""
    facts: dict[str, Any] = {}

    @property
    def group(self) -> str:
        """The part of the unit."""
        return self.code.partition(".")[0]

    @property
    def bad(self) -> bool:
        """Whether there is something to do."""
        return self.level in ("warn", "fail")


def ok(found: str = "") -> Verdict:
    """All is well; `found` may say how well, in figures."""
    return Verdict("ok", {"found": found} if found else {})


def fault(**facts: Any) -> Verdict:
    """It is as the words of this code say, filled with these facts."""
    return Verdict("fault", {name: _plain(fact) for name, fact in facts.items()})


def skip(why: Why, **facts: Any) -> Verdict:
    """It was not checked."""
    return Verdict("skip", {"why": why, **{name: _plain(fact) for name, fact in facts.items()}})


def fault_if(wrong: object, **facts: Any) -> Verdict:
    """A fault when `wrong` holds."""
    return fault(**facts) if wrong else ok()


def _plain(fact: Any) -> Any:
    """As JSON has it."""
    return fact if isinstance(fact, str | int | float | None) else str(fact)
