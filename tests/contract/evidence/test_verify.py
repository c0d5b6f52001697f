"""What verification finds: every changed byte, and what somebody does who has the unit's own key."""

import contextlib
import copy
import hashlib
import json
import zipfile
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from agent.errors import EvidenceError
from agent.evidence import signer
from agent.evidence.archive import Files, pack, read
from agent.evidence.findings import Verdict
from agent.evidence.segments import Head
from agent.evidence.signers import Trust, Trusted
from agent.evidence.statement import canonical, raw
from agent.evidence.verify import verify
from agent.model import Emit
from agent.trust.keys import new_key
from buffer.records import linked, unlinked


def heads_of(unit) -> list[Head]:
    """What a platform holds: every anchor that the unit published."""
    last = unit.journal.last("life")
    records = [r for r in unit.journal.proofs.records("life", 1, last) if r.type == "chain.anchor"]
    return [msgspec.convert(json.loads(r.payload)["statement"], Head) for r in records]


def trust(unit) -> Trust:
    return {unit.device.kid: Trusted(unit.device.key)}


def kinds(verdict: Verdict) -> set[str]:
    return {finding.kind for finding in verdict.findings}


def test_genuine_needs_a_trusted_key_and_a_published_anchor(accused):
    unit, _, files = accused
    assert verify(files, trust(unit), heads_of(unit)).word == "genuine"
    assert verify(files, trust(unit), []).word == "signed"
    alone = verify(files, {}, heads_of(unit))
    assert alone.word == "self-consistent"
    assert alone.text == f"self-consistent, key unknown: {alone.fingerprint}"
    assert alone.fingerprint == hashlib.sha256(raw(unit.device.key)).hexdigest()
    stranger = new_key().public
    assert verify(files, {stranger.kid: Trusted(stranger.key)}, heads_of(unit)).word == "wrong_key"


@pytest.fixture(scope="module")
def small(tmp_path_factory, unit_at) -> tuple[Any, Files]:
    """As little as a bundle can be."""
    unit = unit_at(tmp_path_factory.mktemp("small"))
    unit.fix(30)
    unit.emit(30, Emit("event", "uncovered_load.started", "s", {}, "violation"))
    unit.picture(30, "s", "uncovered_load.started")
    unit.seal(40, "s", "uncovered_load.started", 30)
    unit.attest(41)
    yield unit, unit.bundle("s")
    unit.journal.close()


@pytest.mark.timeout(900)
def test_a_flipped_bit_is_found_at_every_position(small):
    unit, files = small
    known, heads = trust(unit), heads_of(unit)
    assert verify(files, known, heads).word == "genuine"
    missed = []
    for name, content in files.items():
        for at in range(len(content)):
            flipped = bytearray(content)
            flipped[at] ^= 1 << at % 8
            try:
                verdict = verify(files | {name: bytes(flipped)}, known, heads)
            except EvidenceError as e:
                assert e.where == name == "manifest.json"  # noqa: PT017 - all but the manifest can be looked at
                continue
            named = {f.where for f in verdict.findings}
            if verdict.word == "genuine" or name not in named | {"manifest.sig" * ("manifest.json" in named)}:
                missed.append((name, at, verdict.findings))
    assert missed == []


@pytest.mark.timeout(600)
def test_a_flipped_bit_of_the_archive_is_found_at_every_position(small, tmp_path):
    unit, files = small
    content, path = pack(files), tmp_path / "bundle.zip"
    known, heads = trust(unit), heads_of(unit)
    for at in range(len(content)):
        flipped = bytearray(content)
        flipped[at] ^= 1 << at % 8
        path.write_bytes(flipped)
        try:
            inside, packed = read(path)
        except EvidenceError:
            continue
        assert not packed, at
        if inside == files:
            assert verify(inside, known, heads, packed=packed).word == "altered"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_that_was_packed_anew_is_refused_or_altered(small, tmp_path, method):
    _, files = small
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    whole = path.read_bytes()
    for at in range(0, len(whole), 97):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        with contextlib.suppress(EvidenceError):  # and with no other error
            assert not read(path)[1]


def test_an_archive_of_very_many_files_is_refused(tmp_path):
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(70_000):
            archive.writestr(str(number), b"")
    with pytest.raises(EvidenceError, match="no readable archive"):
        read(path)


@pytest.mark.parametrize("role", ["picture", "observed", "link", "anchor", "signature", "key", "notes"])
def test_a_missing_file_is_found(small, role):
    unit, files = small
    manifest = json.loads(files["manifest.json"])
    name = next(f["name"] for f in manifest["files"] if f["role"] == role)
    verdict = verify({n: c for n, c in files.items() if n != name}, trust(unit), heads_of(unit))
    assert "missing" in kinds(verdict)
    assert name in {f.where for f in verdict.findings}


def test_a_file_too_many_and_a_missing_signature_are_found(small):
    unit, files = small
    more = verify(files | {"files/extra.jpg": b"x"}, trust(unit), heads_of(unit))
    assert (more.word, more.findings[0].where) == ("altered", "files/extra.jpg")
    unsigned = {n: c for n, c in files.items() if n != "manifest.sig"}
    assert verify(unsigned, trust(unit), heads_of(unit)).word == "missing"
    with pytest.raises(EvidenceError, match="is missing"):
        verify({"x": b""}, {}, [])


Change = Callable[[list[str], Files], None]


def resigned(unit, files: Files, change: Change) -> Files:
    """What somebody makes who has the device's key: the first stretch changed, and all signed anew."""
    made, manifest = dict(files), copy.deepcopy(json.loads(files["manifest.json"]))
    links = manifest["segments"][0]["links"]
    change(links, made)
    manifest["files"] = [f for f in manifest["files"] if f["role"] != "link"]
    for name in [n for n in made if n.startswith("chain/") and n not in links]:
        del made[name]
    manifest["files"] += [{"name": name, "role": "link"} for name in links]
    for entry in manifest["files"]:
        content = made[entry["name"]]
        entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    made["manifest.json"] = canonical(manifest)
    made["manifest.sig"] = raw(signer.sign(unit.keys.key, made["manifest.json"]).sig)
    return made


def delete(at: int) -> Change:
    return lambda links, _: links.pop(at) and None


def swap(links: list[str], _: Files) -> None:
    links[1], links[2] = links[2], links[1]


def insert(links: list[str], files: Files) -> None:
    """A record of their own behind the first, which even has the right predecessor."""
    second = unlinked(files[links[1]])
    forged = linked(msgspec.structs.replace(second, payload=b'{"severity":"info"}'))
    name = f"chain/1-99999-{hashlib.sha256(forged).hexdigest()}"
    files[name] = forged
    links.insert(1, name)


def cut(links: list[str], _: Files) -> None:
    del links[-1]


def rewrite(links: list[str], files: Files) -> None:
    """Another event, and everything behind it linked anew; only the anchor's signature is as it was."""
    prev = unlinked(files[links[0]]).prev_hash
    for number, name in enumerate(list(links)):
        record = unlinked(files[name])
        payload = record.payload.replace(b"since_us", b"since_xx")
        content = linked(msgspec.structs.replace(record, payload=payload, prev_hash=prev))
        prev = hashlib.sha256(content).digest()
        links[number] = f"chain/1-{number + 1:05}-{prev.hex()}"
        files[links[number]] = content


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (delete(1), "missing"),
        (delete(2), "missing"),
        (swap, "reordered"),
        (insert, "inserted"),
        (cut, "cut"),
        (rewrite, "missing"),
    ],
)
def test_who_has_the_key_cannot_change_the_chain(accused, change, found):
    unit, _, files = accused
    verdict = verify(resigned(unit, files, change), trust(unit), heads_of(unit))
    assert found in kinds(verdict), verdict.findings
    assert verdict.word not in ("genuine", "signed")


def test_a_history_that_was_rewritten_and_signed_anew_is_not_the_one_that_was_published(
    unit, tmp_path, unit_at
):
    """Root has the key and can write another journal; the platform's anchors tell."""
    unit.accuse()
    published = heads_of(unit)
    forged = unit_at(tmp_path / "forged")
    for name in ("device.key", "device.key.pub"):
        (forged.folder / name).write_bytes((unit.folder / name).read_bytes())
    forged.journal.generation = unit.journal.generation
    forged.fix(1)
    subject = forged.accuse("uncovered_load-0b0e7a52-31000000", 31.0)
    files = forged.bundle(subject)
    manifest = json.loads(files["manifest.json"])
    verdict = verify(files, trust(unit), published)
    assert verdict.word != "genuine"
    assert manifest["key"] == unit.device.kid  # it is signed by the right key, and still not believed
    forged.journal.close()


def test_a_key_that_was_exchanged_is_followed(unit):
    subject = unit.accuse()
    old = trust(unit)
    unit.rotate(100)
    unit.attest(101, "rotated")
    unit.dispute(150, subject)
    unit.attest(151, "disputed")
    files = unit.bundle(subject)
    assert {n for n in files if n.startswith("rotations/")} == {"rotations/1.json", "rotations/1.sig"}
    assert verify(files, old, heads_of(unit)).word == "genuine"
    broken = files | {"rotations/1.sig": bytes(64)}
    assert "wrong_key" in kinds(verify(broken, old, heads_of(unit)))
