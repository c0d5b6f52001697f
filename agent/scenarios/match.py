"""What was told against what happened: which events are true, which facts are told. Pure."""

from collections.abc import Iterable, Mapping

import msgspec

from agent.scenarios.boot import Boot, Told
from drivers.sim.scenario.facts import Fact

# How far apart (s) an event and its fact may be and still be of the same thing: half a minute, and more where
# docs say that the agent dates or ends something later than it is: a load is dated by its evidence, a link by
# the client's keepalive, a suspicion is over `over_s` after its cause.
SLACK_S = 30.0
_MORE: Mapping[str, float] = {
    "load.changed": 90.0,
    "suspicious_loading": 120.0,
    "suspicious_unloading": 120.0,
    "trip": 180.0,
    "gap": 60.0,
    "camera_fault": 60.0,
    "could_not_check": 120.0,
    "unit_tamper": 60.0,
}
# What says something of the agent's own knowledge, and accuses nobody: true without a fact.
_OF_ITSELF = ("could_not_check", "trip/undecided")
# What only goes with another event, or is what a switch says, word for word.
_UNSCORED = (
    "evidence.sealed", "camera.blind", "coverage.totals", "command.refused", "load.changed/first_seen",
    "warning.given", "switch.changed", "haul_stop",
)  # fmt: skip
_STREAMS = ("event", "trip", "coverage")
_ENDINGS = (".started", ".updated", ".ended")


class Event(msgspec.Struct, frozen=True):
    """What the rules told of something: from `begin` to `end` s of the world; `severity` as it was told."""

    kind: str
    about: str
    begin: float
    end: float
    severity: str


class Tally(msgspec.Struct):
    """Of one kind: facts that must be told and how many were; events and how many had a fact."""

    facts: int = 0
    found: int = 0
    events: int = 0
    true: int = 0

    def add(self, other: "Tally") -> None:
        """Add another's."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def precision(self) -> float | None:
        """The share of events that are true; None without any."""
        return self.true / self.events if self.events else None

    @property
    def recall(self) -> float | None:
        """The share of facts that were told; None without any."""
        return self.found / self.facts if self.facts else None


class Verdict(msgspec.Struct, frozen=True):
    """By kind, and what was wrong: events without a fact, facts that nobody told."""

    tallies: dict[str, Tally]
    false: list[Event]
    missed: list[Fact]


def events_of(told: Iterable[Told], seconds: float) -> list[Event]:
    """Episodes from start to end, and single records; what is open at the end lasts until then."""
    found: dict[str, Event] = {}
    boots: dict[str, Boot] = {}
    for one in told:
        boots[one.boot.name] = one.boot
        boot = boots.get(str(one.record.data.get("boot")), one.boot)  # an ending may be of an earlier one
        record = one.record
        kind, about = _named(record.type, record.data)
        if record.stream not in _STREAMS or kind in _UNSCORED or f"{kind}/{about}" in _UNSCORED:
            continue
        if record.data.get("withdrawn"):
            found.pop(record.subject, None)
            continue
        known = found.get(record.subject)
        begin = _world_s(boot, record.data.get("since_us"), one.t) if known is None else known.begin
        until = max(begin, _world_s(boot, record.data.get("until_us"), one.t))
        until = seconds if record.type.endswith((".started", ".updated")) else until
        name = record.subject if record.type.endswith(_ENDINGS) else f"{record.subject}/{len(found)}"
        found[name] = Event(kind, about, begin, until, record.severity)
    return list(found.values())


def judge(facts: Iterable[Fact], events: Iterable[Event], known: Iterable[str]) -> Verdict:
    """Compare; facts of kinds that are not among `known`, which the agent can tell, are left out."""
    told, wanted = list(events), [fact for fact in facts if fact.kind in {*known}]
    tallies: dict[str, Tally] = {}
    verdict = Verdict(tallies, [], [])
    for event in told:
        itself = not {event.kind, f"{event.kind}/{event.about}"}.isdisjoint(_OF_ITSELF)
        true = itself or any(_same(fact, event) for fact in wanted)
        tallies.setdefault(event.kind, Tally()).add(Tally(events=1, true=int(true)))
        verdict.false.extend([] if true else [event])
    for fact in wanted:
        if fact.must:
            found = any(_same(fact, event) for event in told)
            tallies.setdefault(fact.kind, Tally()).add(Tally(facts=1, found=int(found)))
            verdict.missed.extend([] if found else [fact])
    return verdict


def _same(fact: Fact, event: Event) -> bool:
    """Whether both are of one kind, about the same, and at the same time but for the slack."""
    slack = _MORE.get(fact.kind, SLACK_S)
    if fact.kind != event.kind or (fact.about and event.about and fact.about != event.about):
        return False
    return event.begin <= fact.end + slack and event.end >= fact.begin - slack


def _named(kind: str, data: dict[str, object]) -> tuple[str, str]:
    """The kind without its ending, and what it is about."""
    for ending in _ENDINGS:
        kind = kind.removesuffix(ending)
    zone = data.get("zone")
    if kind == "gap":
        source = str(data.get("source"))
        return kind, "camera" if source.startswith("camera:") else source
    if kind in ("load.changed", "camera_fault"):
        return kind, str(data.get("kind", ""))
    if kind == "zone_visit" and isinstance(zone, dict):
        return kind, str(zone.get("id", ""))
    if kind == "could_not_check":
        return kind, str(data.get("cause", ""))
    return kind, str(data.get("verdict") or "undecided") if kind == "trip" else ""


def _world_s(boot: Boot, mono_us: object, otherwise: float) -> float:
    """The moment of the world that a record names."""
    return boot.world_s(mono_us) if isinstance(mono_us, int) else otherwise
