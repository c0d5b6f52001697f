"""A drive in real time: a film through MJPEG and RTSP into the daemon, receiver and all.

Reports how long after the truth's change an `uncovered_load` event is in the journal, less the rule's own
duration (`late_s`), how long after what the rules take for the beginning (`journalled_s`), and for each
minute how much of it the smoothed state was the truth. Both ways run side by side, nearly three minutes;
`--film drive` takes ten.
"""

import argparse
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from haul.drive import Drive, Noted, Second

from agent.config import Load
from drivers.sim.film.film import Film

_FILMS = Path(__file__).parents[1] / "drivers" / "sim" / "film" / "films"


def drive(film: Path, plates: Path | None, size: tuple[int, int], way: str) -> dict[str, object]:
    """One drive, and its figures."""
    with tempfile.TemporaryDirectory() as name:
        shown = Film.open(plates, film, 1)
        with Drive(Path(name), shown, rtsp=way == "rtsp", size=size) as world:
            seen = list(world.watch())
    notes = [s for s in seen if isinstance(s, Noted)]
    seconds = [s for s in seen if isinstance(s, Second)]
    return {
        "bench": "film.drive",
        "way": way,
        "seconds": len(seconds),
        "events": [[n.at_s, n.type, n.data.get("to") or n.data.get("reason")] for n in notes],
        "late_s": late(notes, seconds),
        "journalled_s": [
            round(n.at_s - n.since_s - Load().uncovered_after_s, 2)
            for n in notes
            if n.type == "uncovered_load.started" and n.since_s is not None
        ],
        "agreement_by_minute": minutes(seconds),
        "agreement": share(seconds),
        "unknown": round(sum(s.said in ("unknown", "nothing") for s in seconds) / len(seconds), 3),
    }


def late(notes: list[Noted], seconds: list[Second]) -> dict[str, list[float]]:
    """For each start and end of the violation: s since the truth's last change to it, less the rule's own."""
    found: dict[str, list[float]] = {"started": [], "ended": []}
    rule = {"started": Load().uncovered_after_s, "ended": Load().covered_after_s}
    for note in notes:
        kind = note.type.removeprefix("uncovered_load.")
        if kind not in found:
            continue
        guilty = [(s.truth.t_s, _guilty(s)) for s in seconds if s.truth.t_s <= note.at_s]
        turned = [t for (t, now), (_, before) in zip(guilty[1:], guilty, strict=False) if now != before]
        turned = [t for t in turned if dict(guilty)[t] == (kind == "started")]
        found[kind] += [round(note.at_s - turned[-1] - rule[kind], 1)] if turned else []
    return found


def _guilty(second: Second) -> bool:
    return second.truth.state == "uncovered" and second.truth.moving


def minutes(seconds: list[Second]) -> list[float]:
    """The agreement of each minute."""
    by_minute: dict[int, list[Second]] = {}
    for second in seconds:
        by_minute.setdefault(int(second.truth.t_s // 60), []).append(second)
    return [share(part) for _, part in sorted(by_minute.items())]


def share(seconds: list[Second]) -> float:
    """How much of the time the daemon said the truth; a load or cover that changes has any known state."""
    right = sum(s.said == s.truth.state or (not s.truth.settled and s.said != "nothing") for s in seconds)
    return round(right / len(seconds), 3)


def main() -> None:
    """Drive both ways at once."""
    options = argparse.ArgumentParser()
    options.add_argument("--film", default="opened")
    options.add_argument("--plates", type=Path)
    options.add_argument("--ways", nargs="+", choices=("mjpeg", "rtsp"), default=["mjpeg", "rtsp"])
    options.add_argument("--size", default="640x480")
    given = options.parse_args()
    width, height = map(int, given.size.split("x"))
    shipped = _FILMS / f"{given.film}.toml"
    film = shipped if shipped.is_file() else Path(given.film)
    one = partial(drive, film, given.plates, (width, height))
    with ThreadPoolExecutor(len(given.ways)) as pool:
        for line in pool.map(one, given.ways):
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
