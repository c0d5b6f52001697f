"""Whether the driver can be warned; nothing is played."""

import shutil
from pathlib import Path

from agent.cab.programs import speakers
from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient


def _command(p: Patient) -> Verdict:
    words = p.config.warning.command
    return fault_if(shutil.which(words[0]) is None, command=words[0]) if words else skip("none")


def _sound(p: Patient) -> Verdict:
    warning = p.config.warning
    if not warning.kinds or not warning.sound:
        return skip("off")
    ways = speakers("", warning.language, Path("tone.wav"))
    return ok(" + ".join(command[0] for command in ways[0])) if ways else fault()


CHECKS = (Check("warning.command", _command), Check("warning.sound", _sound))
