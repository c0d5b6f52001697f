"""The unit's own key: made once, for its owner alone; its exchange outlives a power cut."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import TrustError
from agent.evidence import signer
from agent.evidence.device import Files, device_key, pending, public_of, rotate
from agent.evidence.pem import fingerprint
from agent.evidence.statement import canonical, is_by, raw
from agent.trust.keys import PublicKey, public_file, read_public

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "state")  # made with the key


def test_it_is_made_once_and_for_its_owner_alone(files: Files) -> None:
    made = device_key(files)
    assert files.key.stat().st_mode & 0o777 == 0o600
    assert device_key(files) == made
    assert read_public(public_file(files.key)) == PublicKey(made.key)  # what cryptography reads
    assert fingerprint(made).replace(" ", "").startswith(made.kid)
    answer = signer.sign(files.key, b"content")
    assert answer.kid == made.kid
    assert PublicKey(made.key).signed(b"content", raw(answer.sig))
    assert not PublicKey(made.key).signed(b"another", raw(answer.sig))


def test_a_rotation_is_signed_by_the_old_key(files: Files) -> None:
    old = device_key(files)
    signed = rotate(files, "muck/truck-1", NOW)
    new = device_key(files)
    assert new != old
    assert signer.sign(files.key, b"x").kid == new.kid
    assert is_by(signed, old.key)
    assert not is_by(signed, new.key)
    assert signed.statement["new"] == new.kid
    assert pending(files) == signed
    with pytest.raises(TrustError, match="not in the journal yet"):
        rotate(files, "muck/truck-1", NOW)


@pytest.mark.parametrize("cut", ["before signing", "before the public half", "between the halves"])
def test_a_power_cut_in_a_rotation_leaves_one_key(files: Files, cut: str) -> None:
    old = device_key(files)
    before = {f: f.read_bytes() for f in (files.key, public_file(files.key))}
    rotate(files, "muck/truck-1", NOW)
    after = {f: f.read_bytes() for f in before}
    new = public_of(public_file(files.key))
    files.successor.write_bytes(after[files.key])
    files.key.write_bytes(before[files.key])
    if cut != "between the halves":
        public_file(files.successor).write_bytes(after[public_file(files.key)])
        public_file(files.key).write_bytes(before[public_file(files.key)])
    if cut == "before signing":
        files.turn.unlink()
    found = device_key(files)
    assert found == (old if cut == "before signing" else new)
    assert signer.sign(files.key, b"x").kid == found.kid


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, as root does on a unit")
def test_what_root_makes_belongs_to_the_agents_account(files: Files) -> None:
    files.folder.mkdir()
    os.chown(files.folder, 65534, 65534)
    device_key(files)
    rotate(files, "muck/truck-1", NOW)
    made = [files.key, public_file(files.key), files.turn]
    assert {(f.stat().st_uid, f.stat().st_gid) for f in made} == {(65534, 65534)}


def test_what_is_no_key_is_said(files: Files) -> None:
    device_key(files)
    public_file(files.key).write_text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    with pytest.raises(TrustError, match="no public Ed25519 key"):
        device_key(files)
    files.key.write_text("no key")
    with pytest.raises(TrustError, match="no private Ed25519 key"):
        signer.sign(files.key, canonical({}))


def test_the_command_shows_and_rotates(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(
        '[unit]\nfleet = "f"\nvehicle = "v"\n[gnss]\nsource = "/dev/ttyUSB0"\n'
        f'[journal]\npath = "{tmp_path / "journal.db"}"\n'
    )

    def keys(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "agent", "keys", "device", *arguments, "--config", str(config)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    missing = keys()
    assert (missing.returncode, "start the daemon once" in missing.stderr) == (3, True)
    made = device_key(Files(tmp_path))
    shown = json.loads(keys("--json").stdout)
    assert (shown["kid"], shown["key"], shown["rotated"]) == (made.kid, made.key, False)
    assert fingerprint(made) in keys().stdout
    turned = json.loads(keys("--rotate", "--json").stdout)
    assert turned["kid"] != made.kid
    assert pending(Files(tmp_path)).statement["old"] == made.kid  # type: ignore[union-attr]
