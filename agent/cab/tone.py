"""A tone for a cab without a voice: three rising beeps, twice, as a WAV file. Pure."""

import io
import math
import struct
import wave

_RATE = 16_000
_BEEPS_HZ = (660.0, 880.0, 1175.0)
_BEEP_S, _PAUSE_S, _FADE_S = 0.18, 0.07, 0.01
_LOUD = 0.8
_TIMES = 2


def tone() -> bytes:
    """The file: 16 bits, one channel, 16 kHz, a little under two seconds."""
    once = b"".join(_beep(hz) + _silence(_PAUSE_S) for hz in _BEEPS_HZ)
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes((once + _silence(2 * _PAUSE_S)) * _TIMES)
    return content.getvalue()


def _beep(hz: float) -> bytes:
    """Faded in and out, so that it does not click."""
    count, fade = round(_BEEP_S * _RATE), _FADE_S * _RATE
    samples = [
        round(32767 * _LOUD * min(1.0, i / fade, (count - i) / fade) * math.sin(2 * math.pi * hz * i / _RATE))
        for i in range(count)
    ]
    return struct.pack(f"<{count}h", *samples)


def _silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * _RATE))
