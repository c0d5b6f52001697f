"""The satellites in view: as one line of bars for each constellation, and as a table."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from agent.screens.words import Words
from drivers.readings import Constellation, Signal

_BARS = " ▁▂▃▄▅▆▇█"
_WEAK, _STRONG = 15, 48  # dB-Hz: the least that a receiver tracks, and the most that an open sky gives
_FAIR, _GOOD = 30, 38  # dB-Hz: below the one a position suffers, from the other on it is precise
NAMES: dict[Constellation, str] = {
    "gps": "GPS",
    "glonass": "GLONASS",
    "galileo": "Galileo",
    "beidou": "BeiDou",
    "qzss": "QZSS",
    "navic": "NavIC",
    "sbas": "SBAS",
}


def strongest(signals: Sequence[Signal]) -> dict[Constellation, list[Signal]]:
    """Each satellite once, by its strongest band; the strongest first, by constellation."""
    best: dict[tuple[str, int], Signal] = {}
    for signal in signals:
        key = signal.constellation, signal.number
        if key not in best or (signal.cn0 or 0) > (best[key].cn0 or 0):
            best[key] = signal
    sky: dict[Constellation, list[Signal]] = {}
    for signal in sorted(best.values(), key=lambda s: (-(s.cn0 or 0), s.number)):
        sky.setdefault(signal.constellation, []).append(signal)
    return {name: sky[name] for name in NAMES if name in sky} | sky


def lines(signals: Sequence[Signal], words: Words, width: int) -> list[Text]:
    """A line for each constellation: heard of in view, and a bar for each satellite that is heard."""
    shown = []
    for name, of in strongest(signals).items():
        heard = [s.cn0 for s in of if s.cn0]
        line = Text(f"{NAMES.get(name, name):8}{len(heard):2}/{len(of):<3}")
        for cn0 in heard[: max(0, width - 14)]:
            line.append(_bar(cn0), _style(cn0))
        shown.append(line)
    return shown or [Text(words("no satellite"), "yellow")]


def table(signals: Sequence[Signal]) -> Table:
    """A row for each satellite: constellation, number, elevation, azimuth, C/N0 as figure and bar."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("", "#", "el °", "az °", "dB-Hz"):
        grid.add_column(title, justify="left" if not title else "right")
    grid.add_column("")
    for name, of in strongest(signals).items():
        for signal in of:
            grid.add_row(
                NAMES.get(name, name),
                str(signal.number),
                _shown(signal.elevation),
                _shown(signal.azimuth),
                _shown(signal.cn0),
                Text("█" * _cells(signal.cn0), _style(signal.cn0)),
            )
    return grid


def _shown(value: int | None) -> str:
    return "-" if value is None else str(value)


def _cells(cn0: int | None) -> int:
    return 0 if not cn0 else max(1, round((cn0 - _WEAK) / (_STRONG - _WEAK) * 20))


def _bar(cn0: int) -> str:
    share = (cn0 - _WEAK) / (_STRONG - _WEAK)
    return _BARS[min(8, max(1, round(share * 8)))]


def _style(cn0: int | None) -> str:
    return "green" if (cn0 or 0) >= _GOOD else "yellow" if (cn0 or 0) >= _FAIR else "red"
