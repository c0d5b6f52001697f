"""Events of hauling in plain words."""

import msgspec

from agent.messages.hauling import BREACHES
from agent.rules.explain import explain
from agent.rules.explain_haulage import knows
from agent.rules.haulage import RULES
from tests.unit.haul_drive import NOON, Drive, box, m, permit, permits, road


def words(event):
    return "\n".join(explain(event.type, event.subject, event.data, 1_000_000_000))


def test_every_rule_is_known():
    assert all(knows(f"{rule.name}.started") for rule in RULES)
    assert knows("zone_visit.ended")
    assert knows("could_not_check.started")
    assert not knows("uncovered_load.started")


def test_off_route_names_the_corridor_and_how_far(timeline):
    drive = Drive(timeline, permits=permits(permit(routes=(road(m(-1000), m(5000)),))))
    drive.north = 300
    drive.go(60)
    drive.north = 0
    drive.go(20)
    started, ended = drive.told("off_route")
    text = words(started[0])
    assert "outside the corridors of all valid permits" in text
    assert "worst: 280 m" in text
    assert "nearest: permit p, route r" in text
    assert "concerns 城管" in text
    assert "rules 1+x; permits h" in text
    assert "over, because the truck was back in a corridor" in words(ended[0])


def test_what_could_not_be_checked_says_what_was_lacking(timeline):
    drive = Drive(timeline, permits=permits(as_of=NOON - 4 * 86_400)).go(60)
    text = words(drive.told("could_not_check")[0][0])
    assert "lacking: permits permits stale" in text
    assert "not judged: no_permit, off_route, outside_hours" in text


def test_a_visit_names_its_zone(timeline):
    drive = Drive(
        timeline, zones=(msgspec.structs.replace(box("north", "loading", -100, 900), name="北区"),)
    ).go(20)
    text = words(drive.told("zone_visit")[0][0])
    assert "the truck was in a registered zone" in text
    assert "zone id north, role loading, name 北区" in text


def test_every_rule_has_its_messages():
    assert {*BREACHES} == {rule.name for rule in RULES}
