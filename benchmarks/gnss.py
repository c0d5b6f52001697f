"""From bytes to fixes (lines, sentences, epochs) against bare pynmea2.parse on the same sentences.

CPU time of one process, both in turns. The log is a simulated receiver's: ten minutes at 1 Hz, which come in
the pieces a serial port delivers. One JSON object per line.
"""

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pynmea2

from drivers.gnss.decode import Decoder
from drivers.sim.nmea import Pose, burst
from drivers.sim.worlds import straight

ROUNDS, SECONDS, PIECE = 40, 600, 64
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


def recording() -> bytes:
    """A straight drive of ten minutes."""
    world = straight(Pose(31.2, 121.4, 8.0, 15.0, 60.0))
    return b"".join(burst(BEGIN + timedelta(seconds=n), world(n)) for n in range(SECONDS))


def decode(log: bytes) -> int:
    """Ours: as many fixes as there are seconds."""
    decoder = Decoder(eager=True)
    return sum(len(decoder.feed(log[i : i + PIECE])) for i in range(0, len(log), PIECE)) + len(
        decoder.flush()
    )


def cpu(action: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    began = time.process_time()
    action()
    return time.process_time() - began


def main() -> None:
    """Print the ratio of the CPU times, lower is better."""
    log = recording()
    lines = log.decode().splitlines()
    assert decode(log) == SECONDS
    rounds = [
        (cpu(lambda: decode(log)), cpu(lambda: [pynmea2.parse(line, check=True) for line in lines]))
        for _ in range(ROUNDS)
    ]
    ratios = [own / theirs for own, theirs in rounds]
    ours, raw = (1e6 * statistics.median(column) / len(lines) for column in zip(*rounds, strict=True))
    print(
        json.dumps(
            {
                "bench": "gnss.epoch",
                "ratio": round(statistics.median(ratios), 3),
                "min": round(min(ratios), 3),
                "max": round(max(ratios), 3),
                "against": "bare pynmea2.parse",
                "unit": "x",
                "ours_us_per_sentence": round(ours, 2),
                "raw_us_per_sentence": round(raw, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
