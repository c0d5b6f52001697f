"""From bytes to fixes: lines, sentences, epochs. Pure."""

from drivers.gnss.decode.decoder import Decoder

__all__ = ["Decoder"]
