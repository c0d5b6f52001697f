"""`haulwatch commission` on a unit whose /proc and /sys lie elsewhere: python -m … MACHINE ARGUMENTS."""

import sys
from pathlib import Path

from agent.cli.commission import commission
from agent.doctor.probes.machine import Machine

if __name__ == "__main__":
    commission(sys.argv[2:], obj=Machine(Path(sys.argv[1])))
