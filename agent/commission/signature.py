"""The sheet's signature: what is signed, where it lies in the file, and how somebody looks at it. Pure.

The file is a page with one block of JSON before the end of its body: `alg`, `key`, `kid`, `sig` and the
`statement`, as canonical JSON (RFC 8785) in which `<` is written `\\u003c`. The statement has the figures,
the hash of each picture, and the SHA-256 of the page, which is the file without the block.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from agent.commission.sheet import Facts
from agent.commission.state import STEPS, Run, complete
from agent.errors import EvidenceError
from agent.evidence.findings import Finding, Verdict, word_of
from agent.evidence.signers import Trust
from agent.evidence.statement import canonical, is_by, raw
from agent.model_evidence import Device, Signed
from agent.trust.keys import PublicKey, text_of

SHEET = "haulwatch commissioning sheet 1"
MARK = "<!--signed-->"  # stands in a page where its block will
BEGIN = b"<!doctype html>"
_OPEN, _CLOSE = b'<script type="application/json" id="signed">', b"</script>"
_PICTURE = re.compile(rb"data:image/jpeg;base64,([A-Za-z0-9+/=]+)")


class _Picture(msgspec.Struct):
    sha256: str
    camera: str
    what: str


class _Block(Signed, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole block."""

    key: str


class _Statement(msgspec.Struct):
    format: str
    vehicle: str
    key: str
    page: str
    pictures: list[_Picture]
    time: str | None


def statement(run: Run, facts: Facts, page: str) -> dict[str, Any]:
    """What the unit signs of a page that has a MARK."""
    bare = page.replace(MARK, "").encode()
    plain: dict[str, Any] = msgspec.to_builtins({name: run.steps.get(name) for name in STEPS})
    shots = [shot for done in run.steps.values() for shot in done.measured.shown(person=done.person)]
    return {
        "format": SHEET,
        "vehicle": run.vehicle,
        "plate": facts.plate,
        "key": facts.kid,
        "by": facts.by,
        "version": facts.version,
        "begun": run.begun,
        "time": facts.time,
        "clock": facts.clock,
        "complete": complete(run),
        "steps": plain,
        "pictures": [msgspec.to_builtins(shot) for shot in shots],
        "page": hashlib.sha256(bare).hexdigest(),
    }


def sealed(page: str, device: Device, said: dict[str, Any], sig: str) -> bytes:
    """The file: the page with its block."""
    block = {"alg": device.alg, "key": device.key, "kid": device.kid, "sig": sig, "statement": said}
    text = _OPEN + _escaped(canonical(block)) + _CLOSE
    before, after = page.encode().split(MARK.encode())
    return before + text + after


def is_sheet(head: bytes) -> bool:
    """Whether a file that begins so may be one."""
    return head.lower().startswith(BEGIN)


def verify(content: bytes, trust: Trust, where: str) -> Verdict:
    """Whether every byte is as the unit signed it; `trust` are keys by name, it may be empty.

    `genuine`: signed by a trusted key of this vehicle. Raises EvidenceError when there is no block.
    """
    block, page = _parts(content, where)
    try:
        signed = msgspec.json.decode(block, type=_Block)
        said = msgspec.convert(signed.statement, _Statement)
        kid, _ = PublicKey(signed.key).kid, raw(signed.sig)
    except (msgspec.MsgspecError, ValueError) as e:
        raise EvidenceError(f"was altered: its signed block is not understood ({e})", where=where,
                            remedy="have it sent again") from e  # fmt: skip
    findings = tuple(_wrong(content, block, page, signed, said))
    known = trust.get(kid)
    trusted = known is not None and known.vehicle in (None, said.vehicle)
    if trust and not trusted:
        what = f"{kid} signed, which is not trusted for this vehicle"
        findings = (*findings, Finding("wrong_key", "the signed block", what))
    return Verdict(
        word=word_of(findings, trusted=trusted, published=True),
        subject=f"commissioning {said.time or ''}".strip(),
        vehicle=said.vehicle,
        kid=kid,
        fingerprint=hashlib.sha256(PublicKey(signed.key).raw).hexdigest(),
        findings=findings,
        manifest=signed.statement,
    )


def _parts(content: bytes, where: str) -> tuple[bytes, bytes]:
    """The block, and the page without it."""
    parts = content.split(_OPEN)
    block, close, after = parts[-1].partition(_CLOSE)
    if len(parts) != 2 or not close:
        raise EvidenceError("is no signed sheet, or was altered", where=where, remedy="have it sent again")
    return block, parts[0] + after


def _wrong(content: bytes, block: bytes, page: bytes, signed: _Block, said: _Statement) -> Iterator[Finding]:
    if said.format != SHEET:
        yield Finding("altered", "the signed block", "is of another kind")
    exact = all(text_of(raw(text)) == text for text in (signed.key, signed.sig))  # base64 has unused bits
    if not exact or _escaped(canonical(msgspec.to_builtins(signed))) != block:
        yield Finding("altered", "the signed block", "is not written as the unit writes it")
    if signed.kid != said.key or not is_by(signed, signed.key):
        yield Finding("altered", "the statement", f"is not what {signed.kid} signed")
    if hashlib.sha256(page).hexdigest() == said.page:
        return
    there = [_digest(found) for found in _PICTURE.findall(content)]
    altered = [p for p in said.pictures if p.sha256 not in there]
    for picture in altered:
        name = f"picture of {picture.camera}, {picture.what}"
        yield Finding("altered", name, "is not the one that was signed")
    if not altered:
        yield Finding("altered", "the page", "is not the one that was signed")


def _digest(coded: bytes) -> str:
    try:
        return hashlib.sha256(base64.b64decode(coded, validate=True)).hexdigest()
    except binascii.Error:
        return ""


def _escaped(block: bytes) -> bytes:
    """As it may stand in a page: nothing in it ends the block."""
    return block.replace(b"<", b"\\u003c")
