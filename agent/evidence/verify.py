"""A bundle looked at from outside, with nothing but what lies in it and what the verifier holds himself."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from agent.errors import EvidenceError
from agent.evidence import chain
from agent.evidence.archive import Files
from agent.evidence.chain import Link
from agent.evidence.findings import Finding, Verdict, word_of
from agent.evidence.sealed import sealed_of
from agent.evidence.segments import GENESIS, Head, Statement, anchor_of
from agent.evidence.signers import Signers, Trust
from agent.evidence.statement import BUNDLE, canonical
from buffer.records import unlinked

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"


class _Listed(msgspec.Struct):
    name: str
    sha256: str
    bytes: int
    role: str


class _Segment(msgspec.Struct):
    links: list[str]
    anchor: str | None
    kid: str | None


class _Gone(msgspec.Struct):
    sha256: str
    why: str


class _Event(msgspec.Struct):
    id: str
    type: str
    hash: str


class _Genesis(msgspec.Struct):
    record: str
    kid: str


class Manifest(msgspec.Struct):
    """What a manifest must say to be followed."""

    format: str
    vehicle: str
    generation: str
    subject: str
    key: str
    events: list[_Event]
    segments: list[_Segment]
    files: list[_Listed]
    withheld: list[_Gone]
    absent: list[_Gone]
    genesis: _Genesis | None = None


def verify(files: Files, trust: Trust, held: list[Head], *, packed: bool = True) -> Verdict:
    """Look at everything; `trust` are keys by name, `held` published anchors, both may be empty.

    `packed`: the archive has the bytes that its files give. Raises EvidenceError when there is no manifest
    that can be followed.
    """
    manifest, plain = _manifest(files)
    looking = _Look(files, manifest, trust, held)
    findings = [] if packed else [Finding("altered", "the archive", "its own structure was changed")]
    findings += looking.all()
    found = tuple(dict.fromkeys(findings))
    return Verdict(
        word=word_of(found, trusted=looking.signers.all_trusted, published=looking.published),
        subject=manifest.subject,
        vehicle=manifest.vehicle,
        kid=manifest.key,
        fingerprint=looking.signers.fingerprint(manifest.key),
        findings=found,
        anchored=looking.anchored,
        manifest=plain,
        genesis=None if manifest.genesis is None else manifest.genesis.record.partition("/")[2],
    )


def _manifest(files: Files) -> tuple[Manifest, dict[str, Any]]:
    if MANIFEST not in files:
        raise EvidenceError("is missing", where=MANIFEST, remedy="name a bundle, or its folder")
    try:
        plain = msgspec.json.decode(files[MANIFEST], type=dict[str, Any])
        manifest = msgspec.convert(plain, Manifest)
    except msgspec.MsgspecError as e:
        raise EvidenceError(
            f"was altered: not understood ({e})", where=MANIFEST, remedy="have it sent again"
        ) from e
    if manifest.format != BUNDLE:
        raise EvidenceError("is of another format", where=MANIFEST, remedy="use a newer version")
    return manifest, plain


class _Look:
    """The bundle while it is looked at."""

    def __init__(self, files: Files, manifest: Manifest, trust: Trust, held: list[Head]) -> None:
        self._files, self._manifest, self._held = files, manifest, held
        self.signers = Signers(files, trust, manifest.vehicle)
        self.published = bool(manifest.segments)
        self.anchored: str | None = None
        self._links: list[Link] = []

    def all(self) -> Iterator[Finding]:
        """Everything that is wrong."""
        yield from self._signature()
        yield from self._listed()
        for number, segment in enumerate(self._manifest.segments, 1):
            yield from self._segment(number, segment)
        yield from self._genesis()
        yield from self._events()
        yield from self._sealed()
        if not self._manifest.segments:
            yield Finding("missing", MANIFEST, "no record of the chain is in it")
        yield from self.signers.findings()  # last, when it is known who signed

    def _signature(self) -> Iterator[Finding]:
        content, sig = self._files[MANIFEST], self._files.get(SIGNATURE)
        if sig is None:
            yield Finding("missing", SIGNATURE, "the manifest is not signed")
        elif not self.signers.is_by(self._manifest.key, content, sig):
            yield Finding("altered", MANIFEST, f"is not what {self._manifest.key} signed")

    def _listed(self) -> Iterator[Finding]:
        listed = {f.name: f for f in self._manifest.files}
        for name, entry in listed.items():
            content = self._files.get(name)
            if content is None:
                yield Finding("missing", name, "is listed and not there")
            elif len(content) != entry.bytes or hashlib.sha256(content).hexdigest() != entry.sha256:
                yield Finding("altered", name, "does not have the SHA-256 that the manifest names")
        for name in sorted(self._files.keys() - listed.keys() - {MANIFEST, SIGNATURE}):
            yield Finding("altered", name, "is not listed: it was put in")

    def _segment(self, number: int, segment: _Segment) -> Iterator[Finding]:
        links: list[Link] = []
        listed = {f.name for f in self._manifest.files}
        for name in segment.links:
            content = self._files.get(name)
            if content is None:
                if name not in listed:  # else it was told
                    yield Finding("missing", name, "a record of the chain is missing")
                continue
            try:
                record = unlinked(content)
            except ValueError as e:
                yield Finding("altered", name, str(e))
                continue
            if not name.endswith((record.hash or b"").hex()):
                yield Finding("altered", name, "does not have the hash in its name")
            links.append(Link(name, record))
        yield from chain.broken(links)
        yield from chain.seqs(links)
        yield from chain.ends(links, self._manifest.generation)
        yield from chain.contradicted(links, self._manifest.generation, self._held)
        yield from self._anchor(number, segment, links)
        self.published = self.published and chain.published_anchors(links, self._held)
        self._links += links

    def _anchor(self, number: int, segment: _Segment, links: list[Link]) -> Iterator[Finding]:
        """The statement beside the chain is the one in it, of this vehicle, and signed."""
        said = anchor_of(links[-1].record) if links else None
        name = segment.anchor
        if said is None or name is None:
            return
        try:
            statement = canonical(said.statement)
        except ValueError as e:  # numbers that no JSON of ours has
            yield Finding("altered", links[-1].name, f"the anchor's record: {e}")
            return
        if self._files.get(name) != statement:
            yield Finding("altered", name, "is not what the record of the anchor says")
            return
        if said.statement.get("vehicle") != self._manifest.vehicle:
            yield Finding("altered", name, "is of another vehicle")
        sig = self._files.get(f"anchors/{number}.sig", b"")
        if not self.signers.is_by(said.kid, statement, sig):
            yield Finding("altered", name, f"is not signed by {said.kid}")
        self.anchored = str(said.statement.get("head"))

    def _genesis(self) -> Iterator[Finding]:
        """What the chain began at is a signed anchor of this journal, and no link lies before it."""
        genesis = self._manifest.genesis
        if genesis is None:
            return
        content, sig = (self._files.get(f"{GENESIS}.{form}", b"") for form in ("json", "sig"))
        try:
            said = msgspec.json.decode(content, type=Statement)
        except msgspec.MsgspecError:
            yield Finding("altered", f"{GENESIS}.json", "is no anchor")
            return
        if (said.vehicle, said.generation) != (self._manifest.vehicle, self._manifest.generation):
            yield Finding("altered", f"{GENESIS}.json", "is of another vehicle or journal")
        if not self.signers.is_by(genesis.kid, content, sig):
            yield Finding("altered", f"{GENESIS}.json", f"is not signed by {genesis.kid}")
        for link in self._links:
            if link.record.seq <= said.counts.get(link.record.stream, 0):
                yield Finding("inserted", link.name, "lies before what the journal had let go by then")

    def _events(self) -> Iterator[Finding]:
        """The events that the manifest names are records of the chain, of its subject, and all of them."""
        of_subject = {
            link.hash.hex(): link.record.type
            for link in self._links
            if (link.record.stream, link.record.subject) == ("event", self._manifest.subject)
        }
        named = {event.hash: event.type for event in self._manifest.events}
        for event in self._manifest.events:
            if of_subject.get(event.hash) != event.type:
                yield Finding("missing", event.id, "its record is not in the chain")
        for digest in of_subject.keys() - named.keys():
            yield Finding("altered", MANIFEST, f"does not name the record {digest[:16]}… of its subject")

    def _sealed(self) -> Iterator[Finding]:
        """Every file that was sealed is there, or the manifest says why it is not."""
        there = {f.sha256 for f in self._manifest.files if f.role in ("picture", "observed")}
        told = {g.sha256 for g in [*self._manifest.withheld, *self._manifest.absent]}
        for link in self._links:
            sealed = sealed_of(link.record) if link.record.subject == self._manifest.subject else None
            if sealed is None:
                continue
            wanted = [(sealed.observed.sha256, "what was observed"), *_pictures(sealed.pictures)]
            for sha256, what in wanted:
                if sha256 not in there and sha256 not in told:
                    yield Finding("missing", sha256, f"{what} was sealed and is not in the bundle")


def _pictures(pictures: Iterable[Any]) -> list[tuple[str, str]]:
    return [(p.sha256, f"a picture by {p.camera} ({p.kind})") for p in pictures]
