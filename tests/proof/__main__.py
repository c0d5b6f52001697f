"""The proofs at full length, one JSON line each: `python -m tests.proof [NAME…] [--seed N]`, or `make proof`.

Exit code 1 when anything was lost, invented or settled too early; see docs/durability.md.
"""

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable

from tests.proof import cuts, flips, kills, refused

Proof = Callable[[int, int], dict[str, object]]
PROOFS: dict[str, tuple[Proof, int]] = {
    "kills": (kills.prove, 500),
    "cuts": (cuts.prove, 2000),
    "refused": (refused.prove, 10_000),
    "flips": (flips.prove, 1000),
}


def main() -> int:
    """Run the proofs named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PROOFS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, help="instead of the full number")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)  # damage is what is wanted here
    bad = 0
    for name in arguments.names or PROOFS:
        proof, count = PROOFS[name]
        began = time.monotonic()
        found = proof(arguments.count or count, arguments.seed)
        line = {"proof": name, "seed": arguments.seed, **found, "seconds": round(time.monotonic() - began)}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        bad += bool(found["bad"])
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
