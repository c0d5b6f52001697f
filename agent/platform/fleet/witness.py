"""A `haulwatch sim platform` as a process beside the fleet: did all of it arrive, once, and in order?"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from agent.errors import PlatformMissing
from agent.platform.report import Report, report


class Witness:
    """Listens from `start` to `verdict`, with a database in `folder`."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._db = url, folder / "platform.db"
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "agent", "sim", "platform", "--broker", self._url]
        command += ["--db", str(self._db), "--client-id", "haulwatch-fleet-witness"]
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE)
        ready = self._child.stdout.readline() if self._child.stdout else b""
        if not ready:
            remedy = "see its word on stderr"
            raise PlatformMissing("the consumer did not start", where=self._url, remedy=remedy)
        json.loads(ready)
        return self

    def __exit__(self, *_: object) -> None:
        if self._child:
            self._child.terminate()
            self._child.wait(30)
            if self._child.stdout:
                self._child.stdout.close()

    def settled(self, fixes: int, pause: Callable[[float], object], patience_s: int = 60) -> Report:
        """What is in its database when so many fixes have arrived, or nothing more comes in time."""
        made = report([self._db])
        for _ in range(patience_s):
            if sum(row.fixes for row in made.streams) >= fixes and not made.missing and _stopped(made):
                break
            pause(1.0)
            made = report([self._db])
        return made


def _stopped(made: Report) -> bool:
    return all(known["status"] == "stopped" for known in made.vehicles)


def told(made: Report) -> dict[str, Any]:
    """The part of a report that tells of a fleet."""
    streams = made.streams
    return {
        "vehicles": len(made.vehicles),
        "stopped": sum(known["status"] == "stopped" for known in made.vehicles),
        "messages": sum(row.messages for row in streams),
        "fixes": sum(row.fixes for row in streams),
        "duplicates": sum(row.duplicates for row in streams),
        "missing": made.missing,
        "invalid": sum(wrong["number"] for wrong in made.invalid),
        "delays": made.delays,
    }
