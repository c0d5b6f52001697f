"""What a verification can find, and the word it comes to. Pure."""

from typing import Any, Literal

import msgspec

Kind = Literal["wrong_key", "altered", "inserted", "reordered", "missing", "cut"]
Word = Literal["genuine", "signed", "self-consistent", "wrong_key", "altered", "reordered", "missing", "cut"]
_GRAVEST: tuple[Kind, ...] = ("altered", "inserted", "reordered", "missing", "cut", "wrong_key")


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong: `where` is a file of the bundle or a record, `what` one phrase."""

    kind: Kind
    where: str
    what: str


class Verdict(msgspec.Struct, frozen=True):
    """What a bundle or a journal came to.

    `genuine`: signed by a trusted key, and its anchors are among those that were published. `signed`: by a
    trusted key, but nobody showed that its anchors were published. `self-consistent`: nobody knows the key
    with this `fingerprint`. Everything else names the gravest of the findings. `genesis`: chained records
    before what this anchor covers were let go (`life/SEQ`, with what was there).
    """

    word: Word
    subject: str
    vehicle: str
    kid: str
    fingerprint: str
    findings: tuple[Finding, ...]
    anchored: str | None = None
    manifest: dict[str, object] = {}
    genesis: str | None = None

    @property
    def absent(self) -> list[dict[str, Any]]:
        """What was sealed and is not there any more, by the unit's own word."""
        found: Any = self.manifest.get("absent", [])
        return list(found)

    @property
    def text(self) -> str:
        """The verdict in words."""
        if self.word == "self-consistent":
            return f"self-consistent, key unknown: {self.fingerprint}"
        if self.word == "signed":
            return f"signed by {self.kid}, which is trusted; that it was published at the time is not shown"
        return self.word.replace("_", " ")


def word_of(findings: tuple[Finding, ...], *, trusted: bool, published: bool) -> Word:
    """The word for what was found."""
    for kind in _GRAVEST:
        if any(f.kind == kind for f in findings):
            return "altered" if kind == "inserted" else kind
    if not trusted:
        return "self-consistent"
    return "genuine" if published else "signed"
