"""A bundle is made: what was sealed about an episode, with the chain that binds it, signed by the device.

docs/evidence.md has its layout to the byte. The same journal gives the same bytes.
"""

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import EvidenceError
from agent.evidence import signer
from agent.evidence.archive import Files
from agent.evidence.keyring import Keyring, keyring
from agent.evidence.notes import NOTES
from agent.evidence.sealed import sealed_of
from agent.evidence.segments import GENESIS, Segment, anchor_of, segments
from agent.evidence.shelf import Shelf
from agent.evidence.statement import BUNDLE, canonical, raw
from agent.model_evidence import SealedPicture
from agent.pictures.check import intact
from agent.pictures.files import Stored, stored
from agent.uplink.envelope import rfc3339
from buffer.records import Record, linked
from buffer.survey import Survey


class Sources(msgspec.Struct, frozen=True):
    """FLEET/VEHICLE, the folders of pictures and of evidence beside them, and the device's private key."""

    vehicle: str
    pictures: Path
    shelf: Shelf
    key: Path


def build(survey: Survey, sources: Sources, record: Record) -> Files:
    """The bundle of the episode that `record` belongs to, by file name.

    Raises EvidenceError when nothing is sealed yet, TrustError when the device's key can't be used.
    """
    making = _Making(survey, sources, record)
    making.links()
    making.genesis()
    making.content()
    making.keys()
    return making.signed()


class _Making:
    """The files so far and what the manifest says of them."""

    def __init__(self, survey: Survey, sources: Sources, record: Record) -> None:
        self._survey, self._sources, self._record = survey, sources, record
        self._about = survey.about(record.subject, "event")
        self._files: Files = {}
        self._roles: dict[str, dict[str, Any]] = {}
        self._withheld: dict[str, dict[str, Any]] = {}
        self._absent: dict[str, dict[str, Any]] = {}
        self._segments: list[Segment] = []
        self._genesis: dict[str, Any] | None = None
        self._ring: Keyring = keyring(survey)
        if not any(sealed_of(r) for r in self._about):
            raise EvidenceError(
                "nothing is sealed about it yet",
                where=survey.identity(record),
                remedy="wait until its time is over: see `haulwatch evidence list`",
            )

    def links(self) -> None:
        """The stretches of the chain, and what their anchors sign."""
        wanted = {r.hash for r in self._about if r.hash}
        begin = min(self._survey.rowid(r) for r in self._about) - 1
        chain = (r for _, r in self._survey.chained(begin))
        self._segments = segments(chain, wanted)
        for number, segment in enumerate(self._segments, 1):
            for place, record in enumerate(segment.records, 1):
                name = f"chain/{number}-{place:05}-{(record.hash or b'').hex()}"
                self._add(name, linked(record), role="link", record=self._survey.identity(record))
            if segment.anchor is not None:
                self._add(f"anchors/{number}.json", canonical(segment.anchor.statement), role="anchor")
                signature = raw(segment.anchor.sig)
                self._add(f"anchors/{number}.sig", signature, role="signature", kid=segment.anchor.kid)

    def genesis(self) -> None:
        """The anchor that the journal's chain begins at, if its first records were let go."""
        begun = self._survey.genesis
        record = None if begun is None else self._survey.one("life", begun.seq)
        anchor = None if record is None else anchor_of(record)
        if record is not None and anchor is not None:
            self._genesis = {"record": self._survey.identity(record), "kid": anchor.kid}
            self._add(f"{GENESIS}.json", canonical(anchor.statement), role="anchor")
            self._add(f"{GENESIS}.sig", raw(anchor.sig), role="signature", kid=anchor.kid)

    def content(self) -> None:
        """Pictures and what was observed, by their hashes."""
        held = {(f.sha256, f.kind): f for f in stored(self._sources.pictures)}
        for sealed in filter(None, map(sealed_of, self._about)):
            observed = self._sources.shelf.observed(self._record.subject, sealed.observed.sha256)
            if observed is None or hashlib.sha256(observed).hexdigest() != sealed.observed.sha256:
                why = "no longer kept" if observed is None else "altered on the unit"
                self._absent[sealed.observed.sha256] = {"kind": "observed", "why": why}
            else:
                name = f"files/{sealed.observed.sha256}.jsonl"
                self._add(name, observed, role="observed", event=sealed.event)
            for picture in sealed.pictures:
                self._picture(picture, held.get((picture.sha256, picture.kind)))

    def _picture(self, picture: SealedPicture, file: Stored | None) -> None:
        known = {"kind": picture.kind, "camera": picture.camera, "when": picture.when}
        if not picture.leaves:
            self._withheld[picture.sha256] = known | {"why": "may not leave the vehicle"}
        elif file is None or file.gone is not None:
            why = {"aged": "its days are over", "room": "its room was needed"}
            self._absent[picture.sha256] = known | {
                "why": "not on the unit" if file is None or file.gone is None else why[file.gone]
            }
        elif not intact(file):
            self._absent[picture.sha256] = known | {"why": "altered on the unit"}
        else:
            facts = known | {"subject": picture.subject, "at_us": picture.at_us}
            self._add(f"files/{picture.sha256}.jpg", file.path.read_bytes(), role="picture", **facts)

    def keys(self) -> None:
        """Public keys of all who signed, and the rotations that lead from one to the next."""
        signers = {s.anchor.kid for s in self._segments if s.anchor is not None}
        signers |= set() if self._genesis is None else {self._genesis["kid"]}
        for number, turn in enumerate(self._ring.turns, 1):
            self._add(f"rotations/{number}.json", canonical(turn.statement), role="rotation")
            self._add(f"rotations/{number}.sig", raw(turn.sig), role="signature", kid=turn.kid)
            signers |= {turn.kid, str(turn.statement.get("new"))}
        for kid in sorted(signers & self._ring.keys.keys()):
            self._add(f"keys/{kid}.pub", self._ring.pem(kid), role="key", kid=kid)
        self._add("README.txt", NOTES.encode(), role="notes")

    def signed(self) -> Files:
        """All files with the manifest and the device's signature of it."""
        ring, key = self._ring, self._sources.key
        own = ring.device(key)
        self._add(f"keys/{own}.pub", ring.pem(own), role="key", kid=own)
        manifest = canonical(self._manifest(own))
        answer = signer.sign(key, manifest)
        return self._files | {"manifest.json": manifest, "manifest.sig": raw(answer.sig)}

    def _add(self, name: str, content: bytes, **facts: Any) -> None:
        self._files[name] = content
        listed = {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        self._roles[name] = listed | facts

    def _manifest(self, kid: str) -> dict[str, Any]:
        return {
            "format": BUNDLE,
            "vehicle": self._sources.vehicle,
            "generation": self._survey.generation,
            "subject": self._record.subject,
            "key": kid,
            "events": [self._event(r) for r in self._about],
            "genesis": self._genesis,
            "segments": [self._segment(n, s) for n, s in enumerate(self._segments, 1)],
            "files": [self._roles[name] for name in sorted(self._roles)],
            "withheld": [self._withheld[s] | {"sha256": s} for s in sorted(self._withheld)],
            "absent": [self._absent[s] | {"sha256": s} for s in sorted(self._absent)],
        }

    def _event(self, record: Record) -> dict[str, Any]:
        utc_ns = self._survey.utc_ns(record)
        return {
            "id": self._survey.identity(record),
            "type": record.type,
            "hash": (record.hash or b"").hex(),
            "time": None if utc_ns is None else rfc3339(utc_ns),
        }

    def _segment(self, number: int, segment: Segment) -> dict[str, Any]:
        anchored = segment.anchor is not None
        return {
            "links": [
                f"chain/{number}-{place:05}-{(r.hash or b'').hex()}"
                for place, r in enumerate(segment.records, 1)
            ],
            "anchor": f"anchors/{number}.json" if anchored else None,
            "kid": segment.anchor.kid if segment.anchor is not None else None,
        }
