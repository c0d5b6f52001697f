"""The configuration that a platform wants, over a real broker: believed, applied, watched, reported."""

import json

import pytest

from agent.platform.subscriber import Platform
from agent.remote.desired import Signs
from agent.trust.keys import new_key
from tests.contract.command_desk import BASE, KEY, Asker, connected, signed, trust_key


class City(Asker):
    """A platform that wants a configuration, and what was reported of it."""

    def __init__(self, listener, until):
        super().__init__(listener)
        self.reported, self.until = [], until

    def _heard(self, topic, payload):
        super()._heard(topic, payload)
        if topic == f"{BASE}/config/reported":
            self.reported.append(json.loads(payload))

    def want(self, version, settings, **changes):
        document = json.loads(signed("", "", purpose="config", **changes))
        key = changes.get("key")
        body = {"version": version, "settings": settings}
        self.put(json.dumps((key or KEY).sign(document["signed"] | {"body": body})).encode())

    def put(self, document):
        self.document = document
        self.platform.publish(f"{BASE}/config", document, retain=True)

    def last(self, state, version):
        """Until the newest report is this one; returns it."""
        self.until(lambda: self.newest() == (state, version), f"{state} {version}: {self.reported[-2:]}")
        return self.reported[-1]

    def newest(self):
        return (self.reported[-1]["state"], self.reported[-1]["version"]) if self.reported else None


@pytest.fixture
def city(mosquitto, desk, until):
    trust_key(desk)
    desk.more = {"remote": {"probation_s": 1.0, "lost_s": 1.0}}
    desk.broker = mosquitto()
    with Platform(desk.broker.port) as listener:
        connected(desk, desk.broker, until)
        yield City(listener, until)


def again(desk, until):
    """A restart of the agent."""
    desk.close()
    connected(desk, desk.broker, until)


def test_only_what_differs_is_touched(desk, city):
    city.want(1, {"load": {"uncovered_after_s": 9.0}})
    report = city.last("probation", 1)
    assert report["settings"] == {"load": {"uncovered_after_s": 9.0}}
    assert report["time"].endswith("Z")
    [(config, settings)] = desk.adopted
    assert (config.load.uncovered_after_s, settings.uncovered_after_s) == (9.0, 9.0)
    assert desk.restarted == []
    city.last("applied", 1)
    records = [
        (r.type, json.loads(r.payload)["version"]) for r in desk.journal.commands.records("life", 1, 100)
    ]
    assert records == [("settings.probation", 1), ("settings.applied", 1)]

    city.want(2, {"load": {"uncovered_after_s": 9.0}, "sinks": [{"name": "city", "track_batch": 30}]})
    city.last("applied", 2)
    assert desk.restarted == ["uplink:city"]
    assert desk.adopted[-1][1] is None, "the rules see nothing of it"

    city.want(3, {"gnss": {"health": {"over_s": 61.0}}, "vision": {"health": {"after_s": 14.0}}})
    city.last("applied", 3)
    assert desk.restarted[1:] == ["uplink:city", "receiver", "vision"]
    assert desk.adopted[-1][0].load.uncovered_after_s == 30.0, "what is no longer wanted is as in the file"


def test_nothing_to_do_needs_no_probation(desk, city):
    city.want(1, {"load": {"uncovered_after_s": 30.0}})
    city.last("applied", 1)
    assert [state["state"] for state in city.reported] == ["applied"]
    assert desk.adopted == [] or desk.adopted[-1][1] is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"unit": {"vehicle": "other"}}, "unit.vehicle"),
        ({"sinks": [{"name": "city", "url": "mqtt://x:1"}]}, "sinks.url"),
        ({"sinks": [{"name": "new", "track_batch": 3}]}, "no sink 'new'"),
        ({"sinks": {"name": "city"}}, "no list"),
        ({"sinks": [7]}, "sinks"),
        ({"load": {"uncovered_after_s": "long"}}, "load.uncovered_after_s"),
        ({"load": {"uncoverd_after_s": 3}}, "did you mean"),
        ({"load": 3}, "load"),
        ({"motion": {"parked_mps": 9.0}}, "parked_mps"),
        ({"remote": {"probation_s": 1e5}}, "remote.probation_s"),
    ],
)
def test_what_may_not_or_cannot_be_set(desk, city, settings, words):
    city.want(1, settings)
    report = city.last("rejected", 1)
    assert report["reason"].startswith("bad_args")
    assert words in report["reason"]
    assert report["settings"] == {}
    assert [r.reason for r in desk.refused] == ["bad_args"]
    assert desk.adopted == []


def test_whose_word_counts(desk, city, until):
    city.want(1, {"load": {"uncovered_after_s": 9.0}}, key=new_key())
    assert city.last("rejected", 1)["reason"].startswith("unknown_key")
    zones = new_key()
    trust_key(desk, zones, ("zones", "command"))
    city.want(2, {"load": {"uncovered_after_s": 9.0}}, key=zones)
    assert city.last("rejected", 2)["reason"].startswith("not_allowed")
    city.want(3, {}, vehicles=["muck/truck-2"])
    assert city.last("rejected", 3)["reason"].startswith("wrong_vehicle")
    city.put(b"{")
    assert city.last("rejected", None)["reason"].startswith("malformed")
    city.put(b'{"signed": []}')
    until(lambda: len(desk.refused) == 5)
    assert desk.adopted == []


def test_another_platform_has_no_authority(desk, city, until):
    desk.room.desired.take("fleet", b"{}")
    until(lambda: [r.reason for r in desk.refused] == ["not_authority"])
    assert desk.refused[0].sink == "fleet"


def test_old_versions_do_not_come_back(desk, city, until):
    city.want(5, {"load": {"uncovered_after_s": 9.0}})
    city.last("applied", 5)
    old = city.document
    city.want(6, {"load": {"uncovered_after_s": 8.0}})
    city.last("applied", 6)
    city.put(old)
    assert city.last("rejected", 5)["reason"].startswith("replayed")
    city.want(6, {"load": {"uncovered_after_s": 7.0}})
    assert city.last("rejected", 6)["reason"].startswith("replayed")
    assert desk.live.config.load.uncovered_after_s == 8.0


def test_the_retained_one_comes_again_at_each_connection_and_changes_nothing(desk, city, until):
    city.want(5, {"load": {"uncovered_after_s": 9.0}}, expires="2999-01-01T00:00:00Z")
    city.last("applied", 5)
    adopted = len(desk.adopted)
    again(desk, until)
    assert desk.live.config.load.uncovered_after_s == 9.0
    count = len(city.reported)
    until(lambda: len(city.reported) > count or city.newest() == ("applied", 5))
    city.ask("ping", "p-1")
    until(lambda: city.states("p-1")[-1:] == [("done", None, False)])
    assert all(settings is None for _, settings in desk.adopted[adopted:])
    assert desk.refused == []
    city.put(b"")  # deleted at the broker: what was taken stays
    city.ask("ping", "p-2")
    until(lambda: city.states("p-2")[-1:] == [("done", None, False)])
    assert desk.live.config.load.uncovered_after_s == 9.0


@pytest.mark.parametrize(("lost", "word"), [("link", "link"), ("fix", "fix")])
def test_what_is_lost_on_probation_brings_the_last_good_one_back(desk, city, until, lost, word):
    city.want(1, {"load": {"uncovered_after_s": 9.0}})
    city.last("applied", 1)
    city.want(2, {"load": {"uncovered_after_s": 8.0}})
    city.last("probation", 2)
    desk.signs = Signs(link=lost != "link", fix=lost != "fix")
    assert city.last("rolled_back", 2)["reason"] == f"lost: {word}"
    assert desk.live.config.load.uncovered_after_s == 9.0
    assert city.reported[-1]["settings"] == {"load": {"uncovered_after_s": 9.0}}
    city.put(city.document)  # the same again is not tried again
    city.ask("ping", "p-1")
    until(lambda: city.states("p-1")[-1:] == [("done", None, False)])
    assert city.newest() == ("rolled_back", 2)
    desk.signs = Signs(link=True, fix=True)
    city.want(3, {"load": {"uncovered_after_s": 8.0}})
    city.last("applied", 3)


def test_what_was_not_there_before_is_not_missed(desk, city):
    desk.signs = Signs(link=True, fix=False)
    city.want(1, {"load": {"uncovered_after_s": 9.0}})
    city.last("probation", 1)
    city.last("applied", 1)


def test_a_worker_that_gives_up_brings_the_last_good_one_back(desk, city):
    desk.signs = Signs(link=True, fix=True, given_up=frozenset({"vision"}))
    city.want(1, {"load": {"uncovered_after_s": 9.0}})
    city.last("probation", 1)
    desk.signs = Signs(link=True, fix=True, given_up=frozenset({"vision", "receiver"}))
    assert city.last("rolled_back", 1)["reason"] == "lost: worker receiver"


def test_settings_that_do_not_fit_the_file_any_more_are_left_out(desk, city, until):
    city.want(1, {"sinks": [{"name": "city", "track_batch": 30}], "motion": {"moving_mps": 1.0}})
    city.last("applied", 1)
    desk.more |= {"motion": {"parked_mps": 1.5}}
    again(desk, until)
    assert "does not fit any more" in city.last("rolled_back", 1)["reason"]
    assert desk.live.config.sinks[0].track_batch == 60
