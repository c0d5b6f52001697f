"""`haulwatch evidence` on files: exit codes, what is said, what the verifier may bring."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from agent.errors import NoEvidenceError, TrustError
from agent.evidence.archive import pack, read
from agent.evidence.device import device_key
from agent.evidence.held import published, trusted_keys
from agent.evidence.signers import Trusted
from agent.evidence.verify import verify as verified
from agent.evidence.whole import verify_journal
from agent.model import Emit
from agent.trust.keys import new_key, public_file


def verify(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", "evidence", "verify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def bundle(accused, tmp_path) -> Path:
    """The bundle as a file, and beside it what the platform received, as messages."""
    unit, _, files = accused
    path = tmp_path / "case.zip"
    path.write_bytes(pack(files))
    records = unit.journal.proofs.records("life", 1, unit.journal.last("life"))
    source = "haulwatch/muck/truck-1"
    messages = [{"source": source, "type": r.type, "data": json.loads(r.payload)} for r in records]
    (tmp_path / "received.jsonl").write_text("".join(json.dumps(m) + "\n" for m in messages))
    return path


def test_exit_codes_say_whether_it_is_genuine(bundle, tmp_path):
    held = ("--trust", tmp_path / "received.jsonl", "--anchor", tmp_path / "received.jsonl")
    genuine = verify(bundle, *held, "--json")
    assert (genuine.returncode, json.loads(genuine.stdout)["verdict"]) == (0, "genuine")
    assert verify(bundle).returncode == 1
    whole = bundle.read_bytes()
    bundle.write_bytes(whole[:-100])
    cut = verify(bundle, *held)
    assert (cut.returncode, "altered or cut short" in cut.stdout) == (1, True)
    other = tmp_path / "other.zip"
    other.write_bytes(whole)
    both = verify(bundle, other, *held, "--json")
    assert (both.returncode, [json.loads(line)["verdict"] for line in both.stdout.splitlines()]) == (
        1,
        ["altered", "genuine"],
    )


def test_what_cannot_be_looked_at_is_one_line(bundle, tmp_path):
    for arguments, code in (
        ((), 2),
        ((bundle, bundle, "--report", tmp_path / "r.html"), 2),
        ((bundle, "--trust", tmp_path / "none"), 3),
        ((bundle, "--anchor", bundle), 3),
    ):
        done = verify(*arguments)
        assert done.returncode == code, done.stdout
        assert code == 2 or done.stderr.count("\n") == 1
    assert verify(tmp_path / "none.zip").returncode == 1


def test_what_is_not_there_was_not_altered(bundle, tmp_path):
    for path in (tmp_path / "none.zip", tmp_path):
        done = verify(path, "--json", "--report", tmp_path / "r.html")
        assert (done.returncode, json.loads(done.stdout)["verdict"]) == (1, "unreadable")
        assert "r.html: is not written" in done.stderr


def test_a_folder_is_looked_at_whatever_lies_in_it(accused, tmp_path):
    _, _, files = accused
    folder = tmp_path / "case"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "more").mkdir()
    assert json.loads(verify(folder, "--json").stdout)["verdict"] == "self-consistent"
    os.mkfifo(folder / "pipe")
    (folder / "lost").symlink_to("nowhere")
    (folder / "loop").symlink_to(".")
    (folder / os.fsdecode(b"\xff")).touch()
    said = json.loads(verify(folder, "--json").stdout)
    assert {f["where"] for f in said["findings"]} == {"pipe", "lost", "loop", r"\xff"}


def test_nobodys_memory_is_filled_by_a_device():
    with pytest.raises(NoEvidenceError, match="has over"):
        read(Path("/dev/zero"))


def test_a_fleets_keys_may_lie_in_one_file(tmp_path):
    keys = [new_key() for _ in range(3)]
    for number, key in enumerate(keys):
        key.write(tmp_path / f"k{number}")
    text = "\n".join((tmp_path / f"k{n}.pub").read_text() for n in range(3))
    (tmp_path / "fleet.pem").write_text(text)
    assert trusted_keys(tmp_path / "fleet.pem").keys() == {key.public.kid for key in keys}
    with pytest.raises(TrustError, match="give PEM"):
        trusted_keys(tmp_path / "k0")  # the private half


def test_a_journal_is_verified_beside_its_writer(accused, tmp_path):
    unit, _, _ = accused
    done = verify(unit.journal.path, "--trust", f"{unit.keys.key}.pub")
    assert done.returncode == 1
    assert f"signed by {unit.device.kid}" in done.stdout
    assert verify(unit.journal.path, "--report", tmp_path / "r.html").returncode == 2  # rather than none


def test_keys_come_as_pem_or_as_births(accused, bundle, tmp_path):
    unit, _, _ = accused
    known = {unit.device.kid: Trusted(unit.device.key)}
    heard = {unit.device.kid: Trusted(unit.device.key, "muck/truck-1")}
    assert trusted_keys(tmp_path / "received.jsonl") == heard
    assert trusted_keys(public_file(unit.keys.key)) == known
    key = new_key()
    key.write(tmp_path / "k")
    assert trusted_keys(tmp_path / "k.pub") == {key.public.kid: Trusted(key.public.key)}
    objection = {"kid": key.public.kid, "key": key.public.key, "alg": "Ed25519", "sig": "", "statement": {}}
    (tmp_path / "objection").write_text(json.dumps({"type": "dispute", "data": objection}))
    with pytest.raises(TrustError, match="holds no key"):
        trusted_keys(tmp_path / "objection")  # whoever objects is not trusted for that
    forged = {"device": {"kid": "0" * 16, "key": unit.device.key}}
    (tmp_path / "forged").write_text(json.dumps(forged))
    with pytest.raises(TrustError, match="holds no key"):
        trusted_keys(tmp_path / "forged")
    (tmp_path / "text").write_text("no key")
    with pytest.raises(TrustError, match="no JSON line"):
        trusted_keys(tmp_path / "text")


def test_anchors_come_as_messages_exports_or_statements(accused, tmp_path):
    _, _, files = accused
    (head,) = [json.loads(c) for n, c in files.items() if n == "anchors/1.json"]
    for line in (head, {"statement": head}, {"data": {"statement": head}}, {"payload": {"statement": head}}):
        (tmp_path / "a").write_text(json.dumps({"other": 1}) + "\n" + json.dumps(line) + "\n\n")
        assert [h.head for h in published(tmp_path / "a")] == [head["head"]]


def test_the_list_says_how_far_it_is(unit):
    subject = unit.accuse()
    unit.emit(200, Emit("event", "uncovered_load.started", "later", {}, "violation"))
    unit.emit(201, Emit("event", "load.changed", "x", {}))
    unit.dispute(202, subject)
    command = [sys.executable, "-m", "agent", "evidence", "list", "--path", str(unit.journal.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    first, second = done.stdout.splitlines()
    assert "sealed, complete, 6 files, anchored, disputed" in first
    assert "waits" in second


def test_one_vehicle_cannot_sign_for_another(accused, bundle, tmp_path):
    unit, _, files = accused
    text = (
        (tmp_path / "received.jsonl").read_text().replace("haulwatch/muck/truck-1", "haulwatch/muck/truck-2")
    )
    (tmp_path / "theirs.jsonl").write_text(text)
    with pytest.raises(TrustError, match="holds no anchor"):
        published(tmp_path / "theirs.jsonl")
    keys = trusted_keys(tmp_path / "theirs.jsonl")
    heads = published(tmp_path / "received.jsonl")
    assert verified(files, keys, heads).word == "wrong_key"
    assert verify_journal(unit.journal.path, keys, heads).word == "wrong_key"


def test_another_key_is_trusted_only_when_the_first_one_signed_it(unit, tmp_path):
    first = unit.device
    unit.rotate(10)
    second = device_key(unit.keys)
    third = new_key().public
    unit.emit(20, Emit("life", "birth", "unit", {"device": msgspec.to_builtins(second)}))
    unit.emit(
        30, Emit("life", "birth", "unit", {"device": {"kid": third.kid, "key": third.key, "alg": "Ed25519"}})
    )
    records = unit.journal.proofs.records("life", 1, 99)
    lines = [json.dumps({"source": "haulwatch/a/b", "data": json.loads(r.payload)}) for r in records]
    (tmp_path / "heard").write_text("\n".join(lines))
    assert trusted_keys(tmp_path / "heard").keys() == {first.kid, second.kid}
    without = [line for line in lines if "haulwatch device key" not in line]
    (tmp_path / "heard").write_text("\n".join(without))
    assert trusted_keys(tmp_path / "heard").keys() == {first.kid}
    shown = [json.dumps(msgspec.to_builtins(key)) for key in (first, second)]
    (tmp_path / "heard").write_text("\n".join(shown))  # what `keys device --json` prints, of two units
    assert trusted_keys(tmp_path / "heard").keys() == {first.kid, second.kid}
