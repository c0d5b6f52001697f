"""What a bad line makes of the sentences of one epoch."""

from collections.abc import Sequence
from random import Random

from drivers.sim.faults import Active

_SHORTEST = 10  # bytes; shorter ones are left alone


def damaged(lines: Sequence[bytes], on: Active, chance: Random) -> list[bytes]:
    """The lines as the faults of the line leave them; none while it stalls."""
    if "stall" in on:
        return []
    if "repeat" in on:
        lines = [*lines] * round(on["repeat"].number("times"))
    out: list[bytes] = []
    for line in lines:
        if "binary" in on:
            out.append(_noise(round(on["binary"].number("bytes")), chance))
        out.append(_damaged_line(line, on, chance))
    return out


def _damaged_line(line: bytes, on: Active, chance: Random) -> bytes:
    if len(line) <= _SHORTEST:
        return line
    if "checksum" in on and len(line) > 14 and chance.random() < on["checksum"].number("share"):
        at = chance.randrange(7, len(line) - 5)
        line = (
            line[:at]
            + bytes([chance.choice([c for c in b"0123456789.,NEA" if c != line[at]])])
            + line[at + 1 :]
        )
    if "garble" in on and chance.random() < on["garble"].number("share"):
        line = line[:8] + bytes([line[8] ^ 1]) + line[9:]
    if "half_lines" in on and chance.random() < on["half_lines"].number("share"):
        line = line[: len(line) // 2]
    return line


def _noise(most: int, chance: Random) -> bytes:
    """A frame of a binary protocol that begins as u-blox's do, with nothing sensible in it."""
    size = chance.randint(1, most)
    return (b"\xb5\x62" + chance.randbytes(size))[:size]
