"""Elements of an SVG picture (SVG 1.1, W3C), as text. Pure."""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

Point = tuple[float, float]


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """An element; `_` in the names of attributes stands for `-`, those that are None are left out."""
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_plain(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{given}>{content}</{name}>" if content else f"<{name}{given}/>"


def text(at: Point, words: str, size: int = 13, /, **attributes: object) -> str:
    """Words that begin at a point."""
    return element("text", escape(words), x=at[0], y=at[1], font_size=size, **attributes)


def rings(lines: Iterable[Iterable[Point]]) -> str:
    """The data of a path of closed rings."""
    return "".join("M" + "L".join(f"{x:g},{y:g}" for x, y in line) + "Z" for line in lines)


def drawing(width: float, height: float, content: Iterable[str]) -> str:
    """A whole document."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
    head += (
        f'viewBox="0 0 {width:g} {height:g}" font-family="Helvetica, Arial, Noto Sans CJK SC, sans-serif" '
    )
    return head + 'fill="#222">\n' + "\n".join(content) + "\n</svg>\n"


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
