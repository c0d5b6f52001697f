"""Where two accounts of the same observations differ, record by record and member by member. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

Key = tuple[str, int, str, str, str]


class Body(msgspec.Struct, frozen=True):
    """What a record says, before chain and signature; `data` is canonical JSON (RFC 8785)."""

    boot: str
    mono_ns: int
    utc_ns: int | None
    stream: str
    type: str
    subject: str
    data: bytes

    @property
    def key(self) -> Key:
        """By what records of two accounts are the same one."""
        return self.boot, self.mono_ns, self.stream, self.type, self.subject


class Change(msgspec.Struct, frozen=True):
    """A member of `data` that differs; None where it is not there."""

    path: str
    was: Any
    now: Any


class Difference(msgspec.Struct, frozen=True):
    """A record that is there only in the account before (`missing`) or only now (`extra`), that says
    something else (`changed`), or comes at another place in its stream (`order`).
    """

    kind: Literal["missing", "extra", "changed", "order"]
    body: Body
    changes: tuple[Change, ...] = ()


def differences(was: Iterable[Body], now: Iterable[Body]) -> list[Difference]:
    """All of them, in the order of time within a boot."""
    before, after = list(was), list(now)
    old, new = _by_key(before), _by_key(after)
    found: list[Difference] = []
    for key in dict.fromkeys([*old, *new]):
        had, has = old.get(key, []), new.get(key, [])
        pairs = zip(had, has, strict=False)
        found += [Difference("changed", b, changes(a.data, b.data)) for a, b in pairs if a.data != b.data]
        found += [Difference("missing", body) for body in had[len(has) :]]
        found += [Difference("extra", body) for body in has[len(had) :]]
    alike = {key for key, had in old.items() if len(had) == len(new.get(key, []))}
    found += _disorder(before, after, alike)
    boots = {body.boot: place for place, body in reversed(list(enumerate([*before, *after])))}
    return sorted(found, key=lambda one: (boots[one.body.boot], one.body.mono_ns))


def changes(was: bytes, now: bytes) -> tuple[Change, ...]:
    """Which members differ, by their paths."""
    return tuple(_changes("", msgspec.json.decode(was), msgspec.json.decode(now)))


def _by_key(bodies: list[Body]) -> dict[Key, list[Body]]:
    found: dict[Key, list[Body]] = defaultdict(list)
    for body in bodies:
        found[body.key].append(body)
    return dict(found)


def _disorder(before: list[Body], after: list[Body], both: set[Key]) -> Iterator[Difference]:
    """The first record of each stream that is not where it was among those that both have."""
    old, new = _streams(before, both), _streams(after, both)
    for stream, had in old.items():
        pairs = zip(had, new.get(stream, []), strict=False)
        moved = next((b for a, b in pairs if a.key != b.key), None)
        if moved is not None:
            yield Difference("order", moved)


def _streams(bodies: list[Body], both: set[Key]) -> dict[str, list[Body]]:
    found: dict[str, list[Body]] = defaultdict(list)
    for body in bodies:
        if body.key in both:
            found[body.stream].append(body)
    return found


def _changes(path: str, was: Any, now: Any) -> Iterator[Change]:
    if isinstance(was, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*was, *now]):
            yield from _changes(f"{path}.{name}".lstrip("."), was.get(name), now.get(name))
    elif isinstance(was, list) and isinstance(now, list):
        for place in range(max(len(was), len(now))):
            pair = (rest[place] if place < len(rest) else None for rest in (was, now))
            yield from _changes(f"{path}[{place}]", *pair)
    elif was != now:
        yield Change(path, was, now)
