"""Every call that writes refused once, one at a time (ENOSPC, EIO), and some of them from then on.

Each is a run of the scripted writer of its own, into which strace(1) throws the fault. It may only end by
itself, without a traceback. Afterwards, without a fault, the folder must hold what was acknowledged; so must
what power cuts leave of it, where a sync that failed counts as one after which the kernel forgot the bytes.
"""

import random
import sys
from pathlib import Path

import msgspec

from tests.proof import trace
from tests.proof.cuts import look, scratch, script
from tests.proof.oracle import Oracle
from tests.proof.trace import Call

_BOTH = ("write", "pwrite64", "fallocate", "openat", "mkdir", "rename")
STEPS = ("--steps", "6")


class Fault(msgspec.Struct, frozen=True):
    """One thing to go wrong; `lasting`: from then on."""

    call: str
    ordinal: int
    error: str
    lasting: bool = False
    path: str = ""

    @property
    def inject(self) -> str:
        """For strace's -e inject=."""
        return f"{self.call}:error={self.error}:when={self.ordinal}{'+' if self.lasting else ''}"


class Found(msgspec.Struct):
    """Runs; in how many the fault struck, something was refused, and how many ended badly."""

    runs: int = 0
    struck: int = 0
    refused: int = 0
    gave_up: int = 0
    cuts: int = 0
    bad: int = 0
    what: dict[str, str] = {}


def faults(plain: trace.Run) -> list[Fault]:
    """Every fault that can strike a call of this run."""
    found: dict[Fault, None] = {}
    for call in plain.happened:
        if isinstance(call, Call) and not ("O_CREAT" not in call.flags and call.name == "openat"):
            if call.path.endswith("-shm") and call.ordinal % 8:
                continue  # sixteen of them make one index of a WAL
            for error in ("ENOSPC", "EIO") if call.name in _BOTH else ("EIO",):
                found[Fault(_real(call), call.ordinal, error, path=call.path)] = None
                if call.ordinal % 5 == 0 and call.name != "write":  # its own words go by write, too
                    found[Fault(_real(call), call.ordinal, error, lasting=True, path=call.path)] = None
    return list(found)


def _real(call: Call) -> str:
    return "unlink,unlinkat" if call.name == "unlink" else call.name


def strike(fault: Fault, rng: random.Random, found: Found) -> None:
    """One run with one fault."""
    with scratch() as name:
        run = script(Path(name), *STEPS, inject=fault.inject)
        complaints = [] if run.code == 0 else [f"it crashed: {run.errors.strip()[-300:]}"]
        oracle = Oracle()
        for said in run.said:
            oracle.learn(said)
        complaints += oracle.complaints(Path(name))
    struck = [n for n, thing in enumerate(run.happened) if isinstance(thing, Call) and thing.injected]
    if struck:
        after = range(struck[0], len(run.happened))
        cut = look(run.happened, {after[-1], rng.choice(after)}, rng)
        complaints += [f"after a cut: {what}" for what in cut.what.values()]
        found.cuts += cut.images
    found.runs += 1
    found.struck += bool(struck)
    found.refused += any("refused" in said for said in run.said)
    found.gave_up += {"did": {"give_up": True}} in run.said
    found.bad += bool(complaints)
    for complaint in complaints[:3]:
        found.what.setdefault(complaint[:60], f"{fault}: {complaint[:400]}")


def plain() -> trace.Run:
    """A run without a fault."""
    with scratch() as name:
        return script(Path(name), *STEPS)


def prove(count: int, seed: int) -> dict[str, object]:
    """All faults, or `count` of them when there are more."""
    rng, found = random.Random(seed), Found()
    every = faults(plain())
    for fault in every if count >= len(every) else rng.sample(every, count):
        strike(fault, rng, found)
        if found.runs % 50 == 0:
            sys.stderr.write(f"{found.runs} of {min(count, len(every))}, {found.bad} bad\n")
    return {"possible": len(every)} | msgspec.structs.asdict(found)
