"""Signed documents and the trust store: who is believed, for what, where and when."""

import base64
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import TrustError
from agent.trust.document import DOMAIN, LARGEST, Refused, message
from agent.trust.keys import PrivateKey, new_key, read_private, read_public
from agent.trust.store import TrustStore, read_store, trusted, write_store

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
VEHICLE = "muck/truck-1"
ALL = ("command", "permits", "zones", "trust")


def content(**changed: Any) -> dict[str, Any]:
    usual = {
        "purpose": "command",
        "vehicles": [VEHICLE],
        "nonce": "0123456789abcdef",
        "not_before": "2026-12-01T07:58:00Z",
        "expires": "2026-12-01T08:10:00Z",
        "body": {"name": "snapshot", "id": "c-1", "args": {"camera": "bed", "公": 1.5}},
    }
    return usual | changed


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return new_key()


@pytest.fixture(scope="module")
def store(key: PrivateKey) -> TrustStore:
    return TrustStore().with_key(trusted(key.public, ALL, "city", NOW))  # type: ignore[arg-type]


def signed(key: PrivateKey, **changed: Any) -> bytes:
    return json.dumps(key.sign(content(**changed))).encode()


def reason(store: TrustStore, text: bytes, purpose: Any = "command", now: datetime | None = NOW) -> str:
    with pytest.raises(Refused) as refused:
        store.opened(text, purpose, VEHICLE, now)
    return refused.value.reason


def test_what_a_trusted_key_signed_is_believed(key: PrivateKey, store: TrustStore) -> None:
    assert store.opened(signed(key), "command", VEHICLE, NOW).body == content()["body"]
    for_all = signed(key, vehicles=["muck/*"])
    assert store.opened(for_all, "command", VEHICLE, NOW).nonce == "0123456789abcdef"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"vehicles": ["muck/truck-2"]}, "wrong_vehicle"),
        ({"vehicles": ["other/*"]}, "wrong_vehicle"),
        ({"vehicles": ["*"]}, "wrong_vehicle"),
        ({"not_before": "2026-12-01T08:00:01Z"}, "not_yet"),
        ({"expires": "2026-12-01T08:00:00Z"}, "expired"),
        ({"expires": "2026-12-01T08:00:00"}, "malformed"),
        ({"purpose": "zones"}, "wrong_purpose"),
        ({"nonce": "short"}, "malformed"),
        ({"extra": 1}, "malformed"),
        ({"vehicles": []}, "malformed"),
    ],
)
def test_what_is_signed_but_not_for_here_and_now_is_refused(
    key: PrivateKey, store: TrustStore, changed: dict[str, Any], why: str
) -> None:
    assert reason(store, signed(key, **changed)) == why


def test_who_is_not_trusted_or_not_for_this_is_refused(key: PrivateKey, store: TrustStore) -> None:
    assert reason(store, signed(new_key())) == "unknown_key"
    assert reason(TrustStore(), signed(key)) == "unknown_key"
    only_zones = TrustStore().with_key(trusted(key.public, ("zones",), "", NOW))
    assert reason(only_zones, signed(key)) == "not_allowed"
    assert reason(store, signed(key), now=None) == "clock_unset"
    assert reason(store, b"x" * (LARGEST + 1)) == "too_large"
    for text in (b"", b"{}", b"[]", b'{"name":"ping"}', signed(key)[:-2]):
        assert reason(store, text) == "malformed"


@given(st.data())
def test_no_changed_character_is_believed(data: st.DataObject) -> None:
    key = new_key()
    store = TrustStore().with_key(trusted(key.public, ALL, "", NOW))  # type: ignore[arg-type]
    text = bytearray(signed(key))
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] = data.draw(st.integers(32, 126).filter(lambda byte: byte != text[at]))
    try:
        body = store.opened(bytes(text), "command", VEHICLE, NOW).body
    except Refused:
        return
    # only what means the same may differ: white space, and a spare bit of the last base64 digit
    assert body == content()["body"]


def test_a_rotation_needs_the_present_key_and_takes_it_out(key: PrivateKey, store: TrustStore) -> None:
    successor = new_key()
    entry = msgspec.to_builtins(trusted(successor.public, ("command",), "new", NOW))
    del entry["since"]
    body = {"add": entry, "remove": [key.public.kid]}
    after = store.rotated(signed(key, purpose="trust", body=body), VEHICLE, NOW)
    assert [k.kid for k in after.keys] == [successor.public.kid]
    assert after.keys[0].since == NOW
    assert after.opened(signed(successor), "command", VEHICLE, NOW)
    assert reason(after, signed(key)) == "unknown_key"
    for wrong in ({"add": entry | {"kid": "0" * 16}}, {"add": entry | {"key": "AAAA"}}, {}):
        with pytest.raises(Refused, match="key"):
            store.rotated(signed(key, purpose="trust", body=wrong), VEHICLE, NOW)
    with pytest.raises(Refused, match="not trusted"):
        store.rotated(signed(successor, purpose="trust", body=body), VEHICLE, NOW)


def test_a_store_is_one_file_that_is_whole_or_as_before(tmp_path: Path, store: TrustStore) -> None:
    file = tmp_path / "state" / "trust.json"
    assert read_store(file) == TrustStore()
    write_store(file, store)
    assert read_store(file) == store
    file.write_text(file.read_text().replace(store.keys[0].kid, "f" * 16))
    with pytest.raises(TrustError, match="not the name of its key"):
        read_store(file)
    file.write_text("{")
    with pytest.raises(TrustError, match="no trust store"):
        read_store(file)


def test_openssl_agrees_with_our_signatures(key: PrivateKey, tmp_path: Path) -> None:
    """The message and the signature through another implementation."""
    file = tmp_path / "city.key"
    key.write(file)
    made = key.sign(content())
    (tmp_path / "message").write_bytes(message(made["alg"], made["kid"], made["signed"]))
    (tmp_path / "sig").write_bytes(base64.urlsafe_b64decode(made["sig"] + "=="))
    check = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", f"{file}.pub"]
    check += ["-in", str(tmp_path / "message"), "-sigfile", str(tmp_path / "sig")]
    assert subprocess.run(check, check=False, capture_output=True).returncode == 0
    (tmp_path / "message").write_bytes(DOMAIN + b"{}")
    assert subprocess.run(check, check=False, capture_output=True).returncode == 1
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_private(file).public == read_public(file) == read_public(Path(f"{file}.pub"))


def test_the_documents_vector(tmp_path: Path) -> None:
    """docs/platform.md: the message, the signature and the names come out as it says."""
    page = (Path(__file__).parents[2] / "docs" / "platform.md").read_text()
    text = page.partition("### Vectors\n")[2].partition("\n## ")[0]
    (document,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    (canonical,) = re.findall(r"```\n(\{\"alg.*?)\n```", text)
    private, public = re.findall(r"`([0-9a-f]{64})`", text)
    key = PrivateKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private)))
    made = json.loads(document)
    assert message(made["alg"], made["kid"], made["signed"]) == DOMAIN + canonical.encode()
    assert key.sign(made["signed"]) == made
    assert key.public.raw.hex() == public
    store = TrustStore().with_key(trusted(key.public, ("command",), "", NOW))
    assert store.opened(document.encode(), "command", VEHICLE, NOW).body["id"] == "c-17"


@pytest.mark.parametrize("wrong", [b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_file_without_a_key_is_said(tmp_path: Path, wrong: bytes) -> None:
    (tmp_path / "x").write_bytes(wrong)
    with pytest.raises(TrustError, match="no public Ed25519 key"):
        read_public(tmp_path / "x")
    with pytest.raises(TrustError, match="no private Ed25519 key"):
        read_private(tmp_path / "x")


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_commands_from_a_key_to_a_rotation(tmp_path: Path) -> None:
    old, new, store = tmp_path / "old.key", tmp_path / "new.key", tmp_path / "trust.json"
    kid = json.loads(run("keys", "new", old, "--json").stdout)["kid"]
    assert run("keys", "new", old).returncode == 3  # never overwritten
    assert run("keys", "new", new).returncode == 0
    assert "no key is trusted" in run("keys", "show", "--store", store).stdout
    assert run("keys", "trust", f"{old}.pub", "--name", "city", "--store", store).returncode == 0
    assert kid in run("keys", "show", "--store", store).stdout
    assert json.loads(run("keys", "show", old, "--json").stdout)["kid"] == kid
    (tmp_path / "command.json").write_text('{"name":"snapshot","id":"c-1","args":{"camera":"bed"}}')
    done = run("sign", "command", tmp_path / "command.json", "--key", old, "--vehicle", VEHICLE)
    opened = read_store(store).opened(done.stdout.encode(), "command", VEHICLE, datetime.now(UTC))
    assert opened.body["args"] == {"camera": "bed"}
    assert timedelta(minutes=59) < opened.expires - datetime.now(UTC) < timedelta(minutes=61)
    turn = tmp_path / "turn.json"
    rotate = ("keys", "rotate", "--key", old, f"{new}.pub", "--vehicle", "muck/*", "-o", turn)
    assert run(*rotate).returncode == 0
    assert run("keys", "trust", turn, "--store", store).returncode == 2  # for which vehicle?
    other = run("keys", "trust", turn, "--vehicle", "other/1", "--store", store)
    assert (other.returncode, "not meant for other/1" in other.stderr) == (3, True)
    assert run("keys", "trust", turn, "--vehicle", VEHICLE, "--store", store).returncode == 0
    assert [k.kid for k in read_store(store).keys] == [read_public(new).kid]
    assert run("keys", "trust", "--remove", read_public(new).kid, "--store", store).returncode == 0
    assert read_store(store) == TrustStore()
