"""Where a contact or a voltage is read: a line of a GPIO chip, or a file that holds a number."""

import msgspec

FORMS = '"gpio:/dev/gpiochip0/17" or "value:/sys/..."'


class Line(msgspec.Struct, frozen=True):
    """Line `offset` of the character device `chip`."""

    chip: str
    offset: int


class ValueFile(msgspec.Struct, frozen=True):
    """A file that holds one number, such as a GPIO's `value` or an ADC's `in_voltage0_raw` in /sys."""

    path: str


Source = Line | ValueFile


def parse_source(text: str) -> Source:
    """An address as it stands in the configuration; raises ValueError saying what is wrong."""
    kind, _, rest = text.partition(":")
    if kind == "value" and rest.startswith("/"):
        return ValueFile(rest)
    chip, _, offset = rest.rpartition("/")
    if kind == "gpio" and chip.startswith("/") and offset.isascii() and offset.isdigit():
        return Line(chip, int(offset))
    raise ValueError(f"{text!r} is no address of a switch")
