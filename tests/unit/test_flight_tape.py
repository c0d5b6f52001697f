"""The bytes of a recording: every observation comes back as it was, and a cut costs only what it cut."""

import datetime
import io
import random
import types
import typing
import zlib
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from agent.errors import FlightError
from agent.flight.kinds import KINDS, name_of
from agent.flight.segment import SegmentFile, pieces
from agent.flight.tape import Closing, Cut, Seen, Unpacker, packed
from agent.model import Observation, Tick
from tests.samples import samples


def example(hint: Any, rng: random.Random) -> Any:
    """A value of a type, by chance; every part of it is there."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin is typing.Annotated:
        most = [one.le for one in inside[1:] if isinstance(one, msgspec.Meta) and one.le is not None]
        return rng.random() * most[0] if most and inside[0] is float else example(inside[0], rng)
    if origin is Literal:
        return rng.choice(inside)
    if origin in (types.UnionType, typing.Union):
        return example(rng.choice([one for one in inside if one is not type(None)]), rng)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        hints = typing.get_type_hints(hint, include_extras=True)
        return hint(**{name: example(hints[name], rng) for name in hint.__struct_fields__})
    return plain(hint, rng) if origin is None else many(origin, inside, rng)


def many(origin: Any, inside: Any, rng: random.Random) -> Any:
    if origin is dict:
        return {example(inside[0], rng): example(inside[1], rng) for _ in range(2)}
    parts = inside if origin is tuple and inside[-1] is not ... else inside[:1] * rng.randrange(3)
    return origin(example(one, rng) for one in parts)


def plain(hint: Any, rng: random.Random) -> Any:
    return {
        int: rng.randrange(2**62), float: rng.random() * 1e3, bool: rng.random() < 0.5, type(None): None,
        str: "川A-" + str(rng.randrange(99)), Any: {"a": [1, 2.5, None]},
        datetime.datetime: datetime.datetime.fromtimestamp(rng.randrange(2**31), datetime.UTC),
    }[hint]  # fmt: skip


def test_every_type_that_the_rules_take_has_its_name():
    assert set(KINDS.values()) == set(get_args(Observation))
    assert all(name == kind.__name__ for name, kind in KINDS.items())
    with pytest.raises(KeyError):
        name_of(object())


@pytest.mark.parametrize("name", sorted(KINDS))
@given(seed=st.integers(0, 2**32))
@example_settings(max_examples=samples(15), deadline=None)
def test_an_observation_comes_back_as_it_was(name, seed):
    seen = example(KINDS[name], random.Random(seed))
    (back,) = Unpacker().feed(b"HWFLIGHT" + packed(Seen(seen)))
    assert back == Seen(seen)
    assert type(back.observation) is KINDS[name]


def test_what_this_version_does_not_know_is_said():
    body = msgspec.msgpack.encode(("Odometer", {"mono_ns": 1}))
    whole = packed(Seen(Tick(1)))
    strange = len(body).to_bytes(4, "little") + zlib.crc32(body).to_bytes(4, "little") + body
    with pytest.raises(FlightError, match="does not know"):
        list(Unpacker().feed(b"HWFLIGHT" + whole + strange))


def segment(count: int, *, ended: bool = True) -> bytes:
    file = io.BytesIO()
    one = SegmentFile(file)
    for number in range(count):
        one.write(Seen(Tick(number, number * 7919)))
        if number % 3 == 2:
            one.flush()
    if ended:
        one.write(Closing("stopped", count, None, count))
        one.finish()
    return file.getvalue()


def test_a_recording_cut_anywhere_is_read_up_to_the_cut_and_says_so(tmp_path):
    whole, file = segment(30), tmp_path / "x.flight"
    most = 0
    for size in range(4, len(whole)):
        file.write_bytes(whole[:size])
        *seen, cut = pieces(file)
        assert isinstance(cut, Cut), size
        times = [p.observation.mono_ns for p in seen if isinstance(p, Seen)]
        assert times == list(range(len(times))), size
        most = max(most, len(times))
    assert most == 30
    file.write_bytes(whole)
    assert [type(p) for p in pieces(file)] == [Seen] * 30 + [Closing]


def test_a_flipped_byte_costs_what_comes_after_it_and_never_says_something_else(tmp_path):
    whole, file = segment(30), tmp_path / "x.flight"
    for place in range(4, len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            read = list(pieces(file))
        except FlightError:
            continue
        seen = [p.observation for p in read if isinstance(p, Seen)]
        assert seen == [Tick(n, n * 7919) for n in range(len(seen))], place


def test_segments_one_after_another_are_a_recording(tmp_path):
    file = tmp_path / "x.flight"
    file.write_bytes(segment(5) + segment(7) + segment(6, ended=False))
    kinds = [type(p) for p in pieces(file)]
    assert kinds == [Seen] * 5 + [Closing] + [Seen] * 7 + [Closing] + [Seen] * 6 + [Cut]


def test_another_file_is_refused(tmp_path):
    file = tmp_path / "x"
    for content in (b"", b"$GPGGA,1*22\r\n", b"{}"):
        file.write_bytes(content)
        with pytest.raises(FlightError, match="is no flight recording"):
            list(pieces(file))
    with pytest.raises(FlightError, match="cannot be read"):
        list(pieces(tmp_path / "none"))
