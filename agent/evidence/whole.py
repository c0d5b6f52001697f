"""A whole journal looked at as evidence: its chain, every signature in it, and what was published of it."""

from collections.abc import Iterator
from pathlib import Path

from agent.evidence import chain
from agent.evidence.chain import Link
from agent.evidence.findings import Finding, Verdict, word_of
from agent.evidence.keyring import Keyring, keyring
from agent.evidence.pem import fingerprint
from agent.evidence.segments import Head, anchor_of
from agent.evidence.signers import Trust
from agent.evidence.statement import is_by
from agent.model_evidence import Device, Signed
from buffer.records import GENESIS
from buffer.survey import Survey


def verify_journal(path: Path, trust: Trust, held: list[Head]) -> Verdict:
    """Look at a journal's file, beside its daemon or not; `trust` and `held` as for a bundle.

    Raises JournalMissing, TrustError.
    """
    with Survey(path) as survey:
        looking = _Look(survey, trust, held)
        findings = tuple(dict.fromkeys(looking.all()))
        device = looking.newest
        return Verdict(
            word=word_of(findings, trusted=looking.trusted, published=looking.published),
            subject=f"journal {survey.generation}",
            vehicle=looking.vehicle,
            kid="" if device is None else device.kid,
            fingerprint="" if device is None else fingerprint(device).replace(" ", ""),
            findings=findings,
            anchored=looking.anchored,
            genesis=None if looking.genesis is None else f"life/{looking.genesis.record.seq}",
        )


class _Look:
    def __init__(self, survey: Survey, trust: Trust, held: list[Head]) -> None:
        self._survey, self._brought = survey, trust
        self._trust: set[str] = set()
        self._held = [h for h in held if h.generation == survey.generation]
        self._ring: Keyring = keyring(survey)
        self._used: list[str] = []
        self.anchored: str | None = None
        self.vehicle = ""
        self.published = False
        self.genesis: Link | None = None

    @property
    def trusted(self) -> bool:
        """Whether all who signed are trusted, or named by somebody who is."""
        return bool(self._used) and set(self._used) <= self._trust

    @property
    def newest(self) -> Device | None:
        """The key of the newest anchor."""
        kid = self._used[-1] if self._used else None
        return None if kid is None or kid not in self._ring.keys else Device(kid, self._ring.keys[kid])

    def all(self) -> Iterator[Finding]:
        """Everything that is wrong."""
        links = [Link(self._survey.identity(record), record) for _, record in self._survey.chained()]
        if not links:
            yield Finding("missing", "the chain", "there is no record in it")
            return
        damaged = [link for link in links if not link.record.intact()]
        yield from (Finding("altered", link.name, "fails its checksum") for link in damaged)
        links = [k for k in links if k not in damaged or isinstance(k.record.hash, bytes)]
        if not links:
            return
        yield from self._beginning(links)
        yield from chain.rehashed(link for link in links if link not in damaged)
        yield from chain.broken(links)
        yield from chain.seqs(links)
        yield from self._anchors(links)
        self._trust |= {kid for kid, known in self._brought.items() if known.vehicle in (None, self.vehicle)}
        self._turns()
        yield from self._published(links)
        if self._brought:
            for kid in dict.fromkeys(self._used):
                if kid not in self._trust:
                    yield Finding("wrong_key", kid, "signed anchors and is not trusted")

    def _beginning(self, links: list[Link]) -> Iterator[Finding]:
        """The first record is the first of the generation, or follows what an anchor that is there covers."""
        if links[0].record.prev_hash == GENESIS:
            return
        self.genesis = chain.genesis(links, self._survey.generation)
        if self.genesis is None:
            yield Finding("missing", links[0].name, "the beginning of the chain is missing")
        else:
            yield from chain.begun(links, self.genesis)

    def _turns(self) -> None:
        for turn in self._ring.turns:
            old = self._ring.keys.get(turn.kid)
            new = str(turn.statement.get("new"))
            if turn.kid in self._trust and old is not None and is_by(turn, old) and new in self._ring.keys:
                self._trust.add(new)

    def _anchors(self, links: list[Link]) -> Iterator[Finding]:
        """Each anchor is signed, and its head lies before it."""
        seen = {GENESIS.hex() if self.genesis is None else (links[0].record.prev_hash or b"").hex()}
        for link in links:
            anchor = anchor_of(link.record)
            if anchor is not None:
                signed = Signed(anchor.statement, anchor.kid, anchor.sig, anchor.alg)
                if not is_by(signed, self._ring.keys.get(anchor.kid, "")):
                    yield Finding("altered", link.name, f"the anchor is not signed by {anchor.kid}")
                head = str(anchor.statement.get("head"))
                if head not in seen:
                    yield Finding("missing", link.name, "the record that this anchor signed is missing")
                self._used.append(anchor.kid)
                self.anchored, self.vehicle = head, str(anchor.statement.get("vehicle"))
            seen.add(link.hash.hex())

    def _published(self, links: list[Link]) -> Iterator[Finding]:
        """Every head that was published of this generation, and not let go, is one of these records'."""
        heads = {link.hash.hex() for link in links}
        first, held = None, self._held
        if self.genesis is not None:
            first = (links[0].record.prev_hash or b"").hex()
            begin = min(link.record.seq for link in links if link.record.stream == "life")
            held = [h for h in held if h.head == first or h.counts.get("life", 0) >= begin]
            heads.add(first)
        newest = max((head.counts.get("life", 0) for head in held), default=0)
        for head in held:
            if head.head in heads:
                continue
            at = head.counts.get("life", 0)
            last = max((link.record.seq for link in links if link.record.stream == "life"), default=0)
            if at > last:
                yield Finding(
                    "cut", f"life/{last}", f"an anchor was published after life/{at}: the end is cut off"
                )
            else:
                yield Finding("altered", f"life/{at}", "an anchor published then has another head: rewritten")
        begun = first is None or first in {head.head for head in held}
        self.published = newest > 0 and begun and all(head.head in heads for head in held)
