"""A picture in a terminal: coarse, but enough to see what was taken over a slow line."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.vision.preprocess import Picture

_COLUMNS = 48


def as_text(picture: "Picture") -> str:
    """Lines of half blocks in 24-bit colour (ANSI), `_COLUMNS` wide, of a BGR picture."""
    import cv2

    height, width = picture.shape[:2]
    rows = max(2, round(_COLUMNS * height / width / 2) * 2)
    small: Any = cv2.resize(picture, (_COLUMNS, rows), interpolation=cv2.INTER_AREA)
    lines = []
    for upper, lower in zip(small[::2], small[1::2], strict=True):
        pairs = zip(upper, lower, strict=True)
        cells = (f"\x1b[38;2;{r};{g};{b}m\x1b[48;2;{s};{h};{c}m▀" for (b, g, r), (c, h, s) in pairs)
        lines.append("".join(cells) + "\x1b[0m")
    return "\n".join(lines)
