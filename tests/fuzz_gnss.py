"""Coverage-guided fuzzing of the decoder with atheris (extra `fuzz`): no exception, bounded memory.

`make fuzz` runs it for ten minutes. Arguments are libFuzzer's, as in
`python tests/fuzz_gnss.py -max_total_time=600 CORPUS`. A finding is
written to the folder as `crash-…`, and the program ends with another code than 0.
"""

import sys
from functools import reduce
from operator import xor

from drivers.gnss.decode import Decoder

_BOUND = 4096  # bytes that may wait for their line end
_COMMANDS = b"\x01\x02\x03\x04"


def sealed(stream: bytes) -> bytes:
    """The stream with the right checksum after each `*`, so that mutated sentences reach the parser."""
    parts = []
    for piece in stream.split(b"\n"):
        body, star, _ = piece.partition(b"*")
        start = body.rfind(b"$") + 1
        parts.append(body + b"*%02X\r" % reduce(xor, body[start:], 0) if star else piece)
    return b"\n".join(parts)


def feed(stream: bytes) -> None:
    """Decode a stream in pieces; its first byte says how."""
    how, stream = stream[:1], stream[1:]
    bits = how[0] if how else 0
    decoder = Decoder(eager=bool(bits & 1), ends_with="GGA" if bits & 2 else "")
    size = 1 + (bits >> 3)
    log = sealed(stream) if bits & 4 else stream
    for i in range(0, len(log), size):
        for fix in decoder.feed(log[i : i + size], i):
            assert fix.lat is None or -90 <= fix.lat <= 90
            assert fix.lon is None or -180 <= fix.lon <= 180
            assert (fix.mode == "none") == (fix.lat is None)
        if log[i] in _COMMANDS:
            decoder.idle()
            decoder.sky()
    decoder.flush()
    assert len(decoder.notices()) <= 64
    assert len(decoder.sky()) <= _BOUND
    assert len(decoder.seen()) <= _BOUND


def main() -> None:
    """Fuzz until the time is over or something is found."""
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
