"""Links of the chain as bytes: what is read back is what was written, and nothing else is read."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buffer.records import Entry, linked, seal, unlinked

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
entries = st.builds(
    Entry,
    st.sampled_from(["life", "event", "trip", "coverage"]),
    text,
    text,
    st.binary(max_size=50),
    st.integers(0, 2**62),
    st.none() | st.integers(0, 2**62),
    st.sampled_from(["gnss", "ntp", "rtc", "unsynced"]),
    st.none() | text,
)


@given(entries, st.integers(1, 2**60), text, st.binary(min_size=32, max_size=32))
def test_a_link_is_read_back(entry, seq, boot, head):
    record = seal(entry, seq, boot, head)
    content = linked(record)
    found = unlinked(content)
    assert found.row()[:10] == record.row()[:10]
    assert (found.prev_hash, found.hash) == (head, record.hash)
    assert hashlib.sha256(content).digest() == record.hash


@given(entries, st.data())
def test_what_is_changed_is_another_record_or_none(entry, data):
    content = bytearray(linked(seal(entry, 7, "b", bytes(32))))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    try:
        found = unlinked(bytes(content))
    except ValueError:
        return
    assert linked(found) == bytes(content)


@given(st.binary(max_size=300))
def test_anything_else_is_refused(content):
    with pytest.raises(ValueError, match="no link"):
        unlinked(content)
