"""A place's cell: a geohash of seven characters, some 153 m by 153 m at the equator.

The algorithm is Gustavo Niemeyer's of 2008, in the public domain: the bits of longitude and latitude in turn,
five to a character of base 32.
"""

_ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"
_LENGTH = 7


def cell_of(lat: float, lon: float) -> str:
    """The geohash of a place, degrees WGS-84."""
    spans = [[-180.0, 180.0], [-90.0, 90.0]]
    bits = 0
    for number in range(5 * _LENGTH):
        span, value = spans[number % 2], (lon, lat)[number % 2]
        middle = (span[0] + span[1]) / 2
        above = value >= middle
        span[0 if above else 1] = middle
        bits = bits * 2 + above
    return "".join(_ALPHABET[bits >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
