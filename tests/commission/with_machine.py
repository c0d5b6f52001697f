"""`haulwatch commission` on a unit whose /proc and /sys lie elsewhere: python -m … MACHINE ARGUMENTS."""

import sys
from pathlib import Path

from agent.cli.commission import commission
from agent.cli.output import KNOWN_ERRORS, complain, exit_code
from agent.doctor.probes.machine import Machine

if __name__ == "__main__":
    try:
        commission(sys.argv[2:], obj=Machine(Path(sys.argv[1])))
    except KNOWN_ERRORS as e:  # as agent.cli.main does
        complain(e)
        sys.exit(exit_code(e))
