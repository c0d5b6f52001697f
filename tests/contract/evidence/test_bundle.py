"""What lies in a bundle, and that anybody can check it: with sha256sum, openssl, and nothing else of ours."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from agent.errors import EvidenceError
from agent.evidence.archive import pack, read
from agent.evidence.signers import Trusted
from agent.evidence.verify import verify
from buffer.records import unlinked


def manifest_of(files) -> dict:
    return json.loads(files["manifest.json"])


def unpacked(files, folder: Path) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_it_holds_what_was_sealed(accused):
    _, subject, files = accused
    manifest = manifest_of(files)
    assert (manifest["vehicle"], manifest["subject"]) == ("muck/truck-1", subject)
    assert [e["type"] for e in manifest["events"]] == ["uncovered_load.started", "evidence.sealed"]
    pictures = [f for f in manifest["files"] if f["role"] == "picture"]
    assert sorted((f["kind"], f["when"]) for f in pictures) == [
        ("original", "at"),
        ("original", "before"),
        ("overlay", "after"),  # of the cab: its copy alone may leave
        ("overlay", "at"),
        ("overlay", "before"),
    ]
    (kept,) = manifest["withheld"]
    assert (kept["camera"], kept["kind"], kept["why"]) == ("cab", "original", "may not leave the vehicle")
    (observed,) = [f for f in manifest["files"] if f["role"] == "observed"]
    lines = [json.loads(line) for line in files[observed["name"]].splitlines()]
    assert [line["mono_us"] for line in lines] == sorted(line["mono_us"] for line in lines)
    assert {line["mono_us"] // 10**6 for line in lines if line["stream"] == "track"} == {
        10,
        15,
        20,
        25,
        30,
        35,
        40,
        45,
        50,
    }
    ledger = [(line["type"], line["mono_us"] // 10**6) for line in lines if line["stream"] == "coverage"]
    assert ledger == [("gap.started", 5), ("gap.ended", 35)]  # open before, so it is told too


def test_it_has_the_same_bytes_each_time(accused):
    unit, subject, files = accused
    assert pack(unit.bundle(subject)) == pack(files)


def test_an_archive_is_read_back(accused, tmp_path):
    _, _, files = accused
    path = tmp_path / "bundle.zip"
    path.write_bytes(pack(files))
    assert read(path) == (files, True)
    assert subprocess.run(["python3", "-m", "zipfile", "-t", path], check=False).returncode == 0


def test_sha256sum_and_openssl_agree(accused, tmp_path):
    """docs/evidence.md, step by step, as somebody does it who has none of our software."""
    _, _, files = accused
    folder = unpacked(files, tmp_path)
    manifest = manifest_of(files)
    sums = "".join(f"{f['sha256']}  {f['name']}\n" for f in manifest["files"])
    done = subprocess.run(["sha256sum", "-c", "--strict"], input=sums.encode(), cwd=folder, check=False)
    assert done.returncode == 0
    assert openssl(folder, manifest["key"], "manifest.json", "manifest.sig")
    for number, segment in enumerate(manifest["segments"], 1):
        assert openssl(folder, segment["kid"], f"anchors/{number}.json", f"anchors/{number}.sig")
        before = None
        for name in segment["links"]:
            digest = subprocess.check_output(["sha256sum", name], cwd=folder).decode().split()[0]
            assert name.endswith(digest)
            script = f"tail -c +27 {name} | head -c 32 | od -An -vtx1"
            prev = subprocess.check_output(["sh", "-c", script], cwd=folder)
            assert before in (None, prev.decode().replace(" ", "").replace("\n", ""))
            before = digest
        head = json.loads(files[f"anchors/{number}.json"])["head"]
        assert any(name.endswith(head) for name in segment["links"])
    (folder / "manifest.json").write_bytes(files["manifest.json"].replace(b"truck-1", b"truck-2"))
    assert not openssl(folder, manifest["key"], "manifest.json", "manifest.sig")


def openssl(folder: Path, kid: str, content: str, sig: str) -> bool:
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", f"keys/{kid}.pub"]
    done = subprocess.run(
        [*command, "-in", content, "-sigfile", sig], cwd=folder, check=False, capture_output=True
    )
    return done.returncode == 0


def test_the_chain_can_be_read_from_its_files(accused):
    unit, subject, files = accused
    (segment,) = manifest_of(files)["segments"]
    records = [unlinked(files[name]) for name in segment["links"]]
    assert records[0].subject == subject
    assert records[-1].type == "chain.anchor"
    kept = {
        r.hash: r
        for r in unit.journal.proofs.records("event", 1, 99) + unit.journal.proofs.records("life", 1, 99)
    }
    for record in records:
        if record.hash in kept:
            assert record.payload == kept[record.hash].payload
            assert record.utc_ns == kept[record.hash].utc_ns


def test_before_it_is_sealed_there_is_none(unit):
    from agent.model import Emit

    unit.emit(30, Emit("event", "uncovered_load.started", "s", {}, "violation"))
    with pytest.raises(EvidenceError, match="nothing is sealed"):
        unit.bundle("s")


def test_what_is_gone_from_the_unit_is_said(unit):
    subject = unit.accuse()
    altered, deleted, *_ = sorted(unit.pictures.glob("event/uncovered*/*.jpg"))
    altered.write_bytes(b"forged")
    deleted.rename(deleted.with_suffix(".aged"))
    (next(unit.folder.glob("evidence/*/*.observed.jsonl"))).unlink()
    manifest = manifest_of(unit.bundle(subject))
    assert sorted(a["why"] for a in manifest["absent"]) == [
        "altered on the unit",
        "its days are over",
        "no longer kept",
    ]


def test_an_objection_and_a_later_record_get_a_stretch_of_their_own(unit):
    subject = unit.accuse()
    unit.accuse("uncovered_load-0b0e7a52-90000000", 90.0)
    unit.dispute(200, subject)
    unit.attest(201, "disputed")
    files = unit.bundle(subject)
    manifest = manifest_of(files)
    assert [e["type"] for e in manifest["events"]][-1] == "dispute"
    assert [len(s["links"]) for s in manifest["segments"]] == [4, 2]
    verdict = verify(files, {unit.device.kid: Trusted(unit.device.key)}, [])
    assert (verdict.word, verdict.findings) == ("signed", ())


def test_what_no_anchor_covers_yet_may_have_been_cut(unit):
    subject = unit.accuse()
    unit.dispute(200, subject)
    verdict = verify(unit.bundle(subject), {}, [])
    assert [f.kind for f in verdict.findings] == ["cut"]


def test_every_file_is_named_by_its_hash(accused):
    _, _, files = accused
    for name, content in files.items():
        if name.startswith("files/"):
            assert Path(name).stem == hashlib.sha256(content).hexdigest()
