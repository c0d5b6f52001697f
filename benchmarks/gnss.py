"""From bytes to fixes (lines, sentences, epochs) against bare parsers of sentences, on one log in one run.

CPU time, all in turns. The log is a simulated receiver's: ten minutes at 1 Hz, in pieces as a serial port
delivers them. One JSON object per line; what is not installed is skipped with a line on standard error.
`--instructions` counts them under valgrind instead (a minute): times of a shared machine are noisy.
"""

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pynmea2

from drivers.gnss.decode import Decoder
from drivers.sim.nmea import Pose, burst
from drivers.sim.worlds import straight

ROUNDS, SECONDS, PIECE = 30, 600, 64
COUNTED = 100  # seconds of the log under valgrind
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
Action = Callable[[], object]


def recording(seconds: int = SECONDS) -> bytes:
    """A straight drive."""
    world = straight(Pose(31.2, 121.4, 8.0, 15.0, 60.0))
    return b"".join(burst(BEGIN + timedelta(seconds=n), world(n)) for n in range(seconds))


def decode(log: bytes, piece: int = PIECE) -> int:
    """Ours: as many fixes as there are seconds."""
    decoder = Decoder(eager=True)
    return sum(len(decoder.feed(log[i : i + piece])) for i in range(0, len(log), piece)) + len(
        decoder.flush()
    )


def parse(lines: list[str]) -> None:
    """Theirs: pynmea2, each sentence by itself."""
    for line in lines:
        pynmea2.parse(line, check=True)


def cpu(action: Action) -> float:
    """CPU seconds of one call, of this process and its children."""
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.process_time()
    action()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    children = ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime
    return time.process_time() - start + children


def pynmeagps_parser(lines: list[str]) -> Action | None:
    """pynmeagps, each sentence by itself."""
    if not find_spec("pynmeagps"):
        print("gnss.pynmeagps skipped: pynmeagps is not installed", file=sys.stderr)
        return None
    from pynmeagps import NMEAReader

    raw = [line.encode() + b"\r\n" for line in lines]
    return lambda: [NMEAReader.parse(line) for line in raw]


def gpsdecode(log: bytes, folder: Path) -> Action | None:
    """gpsd's decoder, a C program, as a child: bytes to JSON."""
    if not shutil.which("gpsdecode"):
        print("gnss.gpsdecode skipped: gpsdecode is not installed", file=sys.stderr)
        return None
    file = folder / "log"
    file.write_bytes(log)
    return lambda: subprocess.run(["gpsdecode"], stdin=file.open("rb"), capture_output=True, check=True)


def compare(name: str, against: str, ours: Action, theirs: Action, sentences: int) -> None:
    """Print the ratio of the CPU times, lower is better."""
    rounds = [(cpu(ours), cpu(theirs)) for _ in range(ROUNDS)]
    ratios = [own / their for own, their in rounds]
    own, their = (1e6 * statistics.median(column) / sentences for column in zip(*rounds, strict=True))
    figures = {
        "bench": name,
        "ratio": round(statistics.median(ratios), 3),
        "min": round(min(ratios), 3),
        "max": round(max(ratios), 3),
        "against": against,
        "unit": "x",
        "ours_us_per_sentence": round(own, 2),
        "raw_us_per_sentence": round(their, 2),
    }
    if name == "gnss.epoch":
        figures["percent_of_a_core_at_10_hz_of_10_sentences"] = round(own * 100 / 1e6 * 100, 3)
    print(json.dumps(figures), flush=True)


def instructions(what: str) -> float:
    """Instructions per sentence: of three passes less one, so that start-up counts for nothing."""
    counts = []
    for passes in ("1", "3"):
        watched = [sys.executable, __file__, "--pass", what, passes]
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *watched],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        counts.append(int(done.stderr.partition("Collected : ")[2].split()[0]))
    return (counts[1] - counts[0]) / 2 / recording(COUNTED).count(b"\n")


def one_pass(what: str, passes: int) -> None:
    """What valgrind watches."""
    log = recording(COUNTED)
    lines = log.decode().splitlines()
    for _ in range(passes):
        if what == "pynmea2":
            parse(lines)
        else:
            decode(log, int(what))


def count_instructions() -> None:
    """Print the ratios of instructions."""
    if not shutil.which("valgrind"):
        print("gnss.instructions skipped: valgrind is not installed", file=sys.stderr)
        return
    theirs = instructions("pynmea2")
    for piece in (PIECE, 512, 1_000_000):
        ours = instructions(str(piece))
        figures = {"ours_per_sentence": round(ours), "raw_per_sentence": round(theirs), "piece": piece}
        ratio = {"ratio": round(ours / theirs, 3), "against": "bare pynmea2.parse", "unit": "x"}
        print(json.dumps({"bench": "gnss.instructions", **ratio, **figures}), flush=True)


def main() -> None:
    """Print all comparisons."""
    if sys.argv[1:2] == ["--pass"]:
        one_pass(sys.argv[2], int(sys.argv[3]))
        return
    if "--instructions" in sys.argv:
        count_instructions()
        return
    log = recording()
    lines = log.decode().splitlines()
    assert decode(log) == SECONDS
    pieces = {"gnss.epoch": PIECE, "gnss.epoch.512": 512, "gnss.epoch.file": len(log)}
    for name, piece in pieces.items():
        compare(name, "bare pynmea2.parse", partial(decode, log, piece), partial(parse, lines), len(lines))
    with tempfile.TemporaryDirectory() as folder:
        others = {"gnss.pynmeagps": pynmeagps_parser(lines), "gnss.gpsdecode": gpsdecode(log, Path(folder))}
        for name, theirs in others.items():
            if theirs:
                compare(name, name.removeprefix("gnss."), partial(decode, log, len(log)), theirs, len(lines))


if __name__ == "__main__":
    main()
