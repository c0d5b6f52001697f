"""Whose satellite it is: constellations by talker, system id and number. Pure.

Numbers, NMEA's own and the makers', as gpsd's drivers/driver_nmea0183.c collects them: MediaTek and Quectel
put all under GP or PQ (Galileo from 101, BeiDou from 201).
"""

from functools import lru_cache

from drivers.readings import Constellation

_TALKERS: dict[str, Constellation] = {
    "GP": "gps", "GL": "glonass", "GA": "galileo", "GB": "beidou", "BD": "beidou", "GQ": "qzss", "QZ": "qzss",
    "GI": "navic",
}  # fmt: skip
_SYSTEMS: dict[str, Constellation] = {
    "1": "gps", "2": "glonass", "3": "galileo", "4": "beidou", "5": "qzss", "6": "navic",
}  # fmt: skip
# First and last number where one talker sends the satellites of several constellations.
_RANGES: tuple[tuple[int, int, Constellation], ...] = (
    (1, 32, "gps"), (33, 64, "sbas"), (65, 99, "glonass"), (101, 119, "galileo"), (120, 158, "sbas"),
    (183, 200, "qzss"), (201, 264, "beidou"), (301, 336, "galileo"), (401, 463, "beidou"),
    (500, 518, "navic"),
)  # fmt: skip


@lru_cache(maxsize=512)
def constellation(talker: str, system: str, number: str) -> Constellation:
    """The constellation of a satellite; `system` is NMEA's system id, "" before 4.10.

    What nobody knows is counted as GPS.
    """
    own = _SYSTEMS.get(system) or _TALKERS.get(talker)
    if own not in (None, "gps") or not (number.isascii() and number.isdecimal()):
        return own or "gps"
    n = int(number)
    return next((c for first, last, c in _RANGES if first <= n <= last), "gps")
