"""docs/evidence.md: its vectors come out as it says."""

import hashlib
import json
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.evidence.notes import NOTES
from agent.evidence.statement import ANCHOR, BUNDLE, OBJECTION, ROTATION, canonical
from agent.trust.keys import PrivateKey, text_of
from buffer.records import linked, unlinked

TEXT = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text()


def test_the_link_has_its_hash_and_says_what_the_table_says():
    (block,) = re.findall(r"```\n((?:[0-9a-f]+\n){5,})```", TEXT)
    content = bytes.fromhex(block.replace("\n", ""))
    (digest,) = re.findall(r"has the hash `([0-9a-f]{64})`", TEXT)
    assert hashlib.sha256(content).hexdigest() == digest
    record = unlinked(content)
    assert (record.stream, record.seq, record.type) == ("event", 1, "uncovered_load.started")
    assert linked(record) == content
    assert content[26:58] == bytes(32)


def test_the_anchor_has_its_signature():
    (anchor,) = re.findall(r"```\n(\{.*\})\n```", TEXT)
    (sig,) = re.findall(r"base64url\)\s+`([\w-]{86})`", TEXT)
    assert canonical(json.loads(anchor)) == anchor.encode()
    key = PrivateKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    assert text_of(key.sign_bytes(anchor.encode())) == sig


def test_every_kind_of_statement_is_named():
    for name in (ANCHOR, BUNDLE, OBJECTION, ROTATION):
        assert f"`{name}`" in TEXT


def test_the_steps_in_a_bundle_are_those_of_the_document():
    for step in ("openssl pkeyutl -verify -rawin -pubin", "head -c 32", "sha256sum"):
        assert step in TEXT
        assert step in NOTES
