"""The satellites as the antenna sees them: north above, the zenith in the middle. Pure."""

from collections.abc import Sequence
from math import cos, radians, sin

from drivers.readings import Signal

_R, _MIDDLE = 90.0, 100.0
_FAIR, _GOOD = 30, 38  # dB-Hz, as the screens colour them
_LETTER = {"gps": "G", "glonass": "R", "galileo": "E", "beidou": "C", "qzss": "J", "navic": "I", "sbas": "S"}


def plot(signals: Sequence[Signal]) -> str:
    """An SVG of those whose place is known; empty without any."""
    dots = "".join(_dot(s) for s in signals if s.elevation is not None and s.azimuth is not None)
    if not dots:
        return ""
    rings = "".join(f'<circle cx="100" cy="100" r="{_R * share:g}"/>' for share in (1 / 3, 2 / 3, 1))
    cross = '<path d="M10 100H190M100 10V190"/>'
    north = '<text x="100" y="8">N</text><text x="196" y="103">E</text>'
    return f'<svg class="sky" viewBox="0 0 200 200"><g class="grid">{rings}{cross}</g>{north}{dots}</svg>'


def _dot(signal: Signal) -> str:
    elevation, azimuth = float(signal.elevation or 0), radians(float(signal.azimuth or 0))
    away = _R * (90 - min(90.0, max(0.0, elevation))) / 90
    x, y = _MIDDLE + away * sin(azimuth), _MIDDLE - away * cos(azimuth)
    cn0 = signal.cn0 or 0
    tone = "ok" if cn0 >= _GOOD else "warn" if cn0 >= _FAIR else "fail" if cn0 else "none"
    name = f"{_LETTER.get(signal.constellation, '?')}{signal.number}"
    circle = f'<circle class="{tone}" cx="{x:.1f}" cy="{y:.1f}" r="5.5"/>'
    return f'{circle}<text x="{x:.1f}" y="{y + 2:.1f}">{name}</text>'
