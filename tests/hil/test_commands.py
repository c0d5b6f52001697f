"""The real daemon, asked by a platform: signed by the command line, published by MQTT, killed in between."""

import json
import subprocess
import sys

import pytest

from agent.platform.subscriber import Platform
from drivers.sim.broker import MosquittoBroker

pytestmark = pytest.mark.hil
BASE = "haulwatch/v1/hil/truck-1"


class City:
    """The platform: its key, and what the vehicle replied and reported."""

    def __init__(self, truck):
        self.truck, self.replies, self.reported, self.seen = truck, [], [], set()
        self.key = truck.folder / "city.key"
        self.cli("keys", "new", self.key)
        (truck.folder / "state").mkdir()
        self.cli("keys", "trust", f"{self.key}.pub", "--store", truck.folder / "state" / "trust.json")
        truck.platform.listen(self._heard)

    def cli(self, *words):
        command = [sys.executable, "-I", "-m", "agent", *map(str, words)]
        return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout

    def signed(self, purpose, body):
        file = self.truck.folder / "body.json"
        file.write_text(json.dumps(body))
        return self.cli("sign", purpose, file, "--key", self.key, "--vehicle", "hil/truck-1")

    def ask(self, name, command, **args):
        body = {"name": name, "id": command, "args": args}
        self.say(name, command, self.signed("command", body))

    def say(self, name, command, payload=b""):
        self.truck.platform.publish(f"{BASE}/cmd/{name}/{command}", payload)

    def want(self, version, **settings):
        document = self.signed("config", {"version": version, "settings": settings})
        self.truck.platform.publish(f"{BASE}/config", document, retain=True)
        return document

    def states(self, command):
        return [(d["state"], d["reason"], d["repeated"]) for d in self.replies if d["command"] == command]

    def result(self, command):
        return [d for d in self.replies if d["command"] == command][-1]["result"]

    def until(self, predicate, what=""):
        self.truck.await_status(lambda _: predicate(), what or "a reply")

    def await_report(self, state, version):
        self.until(lambda: any((r["state"], r["version"]) == (state, version) for r in self.reported), state)
        return next(r for r in self.reported if (r["state"], r["version"]) == (state, version))

    def _heard(self, topic, payload):
        if topic.endswith("/reply"):
            message = json.loads(payload)
            if message["id"] not in self.seen:  # a record may be published again, as any other
                self.seen.add(message["id"])
                self.replies.append(message["data"])
        elif topic == f"{BASE}/config/reported":
            self.reported.append(json.loads(payload))


@pytest.fixture
def city(truck):
    return City(truck)


def listening(truck):
    truck.start()
    truck.await_status(
        lambda s: s["sinks"].get("city", {}).get("listening") and s["fix"] is not None, "a subscription"
    )


def test_a_platform_asks_and_is_answered(truck, city, haulwatch_camera):
    truck.add_camera("bed", haulwatch_camera.address)
    listening(truck)
    truck.await_status(lambda s: s["cameras"].get("bed", {}).get("connected"))
    city.say("ping", "p-1")
    city.ask("snapshot", "s-1", camera="bed")
    city.ask("get_status", "g-1")
    city.ask("rescan", "r-1")
    for command in ("p-1", "s-1", "g-1", "r-1"):
        city.until(lambda command=command: ("done", None, False) in city.states(command), command)
    assert city.result("p-1")["clock"] in ("gnss", "ntp", "rtc")
    picture = city.result("s-1")
    taken = [r for r in journal(truck, "media") if r["subject"] == picture["subject"]]
    assert [r["type"] for r in taken] == ["picture.taken"]
    assert taken[0]["payload"]["original"]["sha256"] == picture["original"]
    assert city.result("g-1")["unit"]["vehicle"] == "truck-1"
    truck.await_status(lambda s: s["cameras"]["bed"]["connected"] and s["receiver"]["connected"])
    city.say("snapshot", "s-2", b'{"args": {"camera": "bed"}}')
    city.until(lambda: city.states("s-2") == [("rejected", "unsigned", False)])
    event = truck.await_message("event", "command.refused", reason="unsigned")
    assert (event["data"]["times"], event["data"]["command"]) == (1, "s-2")
    status = truck.await_status(lambda s: s["commands"]["sinks"]["city"]["rejected"] == {"unsigned": 1})
    assert status["commands"]["sinks"]["city"]["taken"] == 4
    truck.await_drained()
    assert truck.terminate() == 0
    assert not truck.vehicle().gaps("life")


def journal(truck, stream):
    command = [sys.executable, "-I", "-m", "agent", "journal", "tail", "--stream", stream, "--json"]
    out = subprocess.run([*command, "--config", truck.config], check=True, capture_output=True, timeout=60)
    return [json.loads(line) for line in out.stdout.splitlines()]


def test_a_kill_loses_no_command_and_repeats_none(simulated, city):
    truck = simulated
    truck.tables["commands"] = {"per_minute": 600.0, "burst": 100}
    asked = []
    for round_ in range(3):
        listening(truck)
        ids = [f"p-{round_}-{n}" for n in range(8)]
        seen = len(city.replies)
        for command in ids:
            city.say("ping", command)
        city.until(lambda seen=seen: len(city.replies) > seen, "the first reply")
        truck.kill()
        asked += ids
    listening(truck)
    for command in asked:
        city.until(lambda command=command: bool(finals(city, command)), command)
    truck.await_drained()
    for command in asked:
        assert finals(city, command) == [("done", None, False)], command
        assert city.states(command).count(("accepted", None, False)) == 1, command
    assert truck.terminate() == 0
    assert not truck.vehicle().gaps("life")


def finals(city, command):
    return [s for s in city.states(command) if s[0] not in ("accepted", "running") and not s[2]]


def test_what_was_running_at_a_kill_is_interrupted(simulated, city, haulwatch_camera):
    truck = simulated
    truck.add_camera("bed", haulwatch_camera.address)
    listening(truck)
    truck.await_status(lambda s: s["cameras"].get("bed", {}).get("connected"))
    haulwatch_camera.sim.fault("stall")
    city.ask("snapshot", "s-1", camera="bed")
    city.until(lambda: ("running", None, False) in city.states("s-1"))
    truck.kill()
    listening(truck)
    city.until(lambda: city.states("s-1")[-1] == ("failed", "interrupted", False))
    assert truck.terminate() == 0


def test_a_document_is_taken_once_also_after_a_restart(truck, city):
    listening(truck)
    document = city.signed("command", {"name": "rescan", "id": "r-1", "args": {}})
    city.say("rescan", "r-1", document)
    city.until(lambda: ("done", None, False) in city.states("r-1"))
    assert truck.terminate() == 0
    listening(truck)
    city.say("rescan", "r-1", document)
    city.until(lambda: city.states("r-1")[-1] == ("done", None, True))
    city.say("rescan", "r-2", document)
    city.until(lambda: city.states("r-2") == [("rejected", "replayed", False)])
    assert truck.terminate() == 0


def test_settings_of_the_platform_are_applied_kept_and_taken_back(truck, city):
    truck.tables["remote"] = {"probation_s": 3.0, "lost_s": 3.0}
    truck.sink["session_s"] = 0
    listening(truck)
    pid = truck.process.pid
    city.want(7, load={"uncovered_after_s": 3.5}, sinks=[{"name": "city", "track_every_s": 1.0}])
    assert city.await_report("probation", 7)["settings"]["load"] == {"uncovered_after_s": 3.5}
    city.await_report("applied", 7)
    assert truck.process.pid == pid

    city.want(8, motion={"max_hdop": 0.01})  # no fix is good enough for that
    city.await_report("probation", 8)
    back = city.await_report("rolled_back", 8)
    assert back["reason"] == "lost: fix"
    assert back["settings"]["load"] == {"uncovered_after_s": 3.5}
    truck.await_status(lambda s: s["fix"] is not None and s["fix"]["age_s"] < 2, "fixes again")

    city.want(9, unit={"plate": "x"}, sinks=[{"name": "city", "url": "mqtt://elsewhere:1883"}])
    assert "sinks.url, unit.plate" in city.await_report("rejected", 9)["reason"]

    assert truck.terminate() == 0
    listening(truck)
    shown = json.loads(city.cli("config", "show", truck.config, "--json"))
    assert shown["from"]["load.uncovered_after_s"] == "remote"
    assert shown["config"]["load"]["uncovered_after_s"] == 3.5
    assert truck.status()["remote"]["settings"]["load"] == {"uncovered_after_s": 3.5}

    city.cli("config", "forget-remote", truck.config)
    truck.await_status(lambda s: s["remote"]["settings"] == {}, "the unit's own settings")
    assert city.await_report("rolled_back", 8)["hash"]
    truck.await_status(lambda s: s["remote"]["reason"] == "forgotten")
    assert truck.terminate() == 0


def test_settings_that_make_the_agent_end_are_taken_back(simulated, city):
    truck = simulated
    truck.tables["remote"] = {"probation_s": 3000.0, "lost_s": 3000.0}
    listening(truck)
    city.want(1, load={"uncovered_after_s": 3.5})
    city.await_report("probation", 1)
    for _ in range(3):
        truck.kill()
        listening(truck)
    assert "ended 3 times" in city.await_report("rolled_back", 1)["reason"]
    truck.await_status(lambda s: s["remote"]["settings"] == {})
    assert truck.terminate() == 0


def test_each_platform_gets_its_own_replies_and_the_city_has_the_authority(simulated, city):
    truck = simulated
    with MosquittoBroker() as broker, Platform(broker.port, sink="fleet") as fleet:
        truck.tables["[sinks]"] = {"name": "fleet", "url": broker.url}  # stands before the city's
        truck.sink["authority"] = True
        listening(truck)
        truck.await_status(lambda s: s["sinks"].get("fleet", {}).get("listening"))
        replies, reports = [], []
        fleet.listen(lambda topic, body: collect(topic, body, replies, reports))
        document = city.signed("command", {"name": "rescan", "id": "r-1", "args": {}})
        fleet.publish(f"{BASE}/cmd/rescan/r-1", document)
        city.until(lambda: ("r-1", "done", None) in replies)
        city.say("rescan", "r-1", document)  # the same word by the other platform
        city.until(lambda: city.states("r-1") == [("rejected", "replayed", False)])
        settings = {"version": 1, "settings": {"load": {"looks": 1.0}}}
        fleet.publish(f"{BASE}/config", city.signed("config", settings))
        city.until(lambda: bool(reports))
        assert reports[0]["reason"].startswith("not_authority")
        truck.await_message("event", "command.refused", reason="not_authority", sink="fleet")
        truck.await_drained()
        truck.await_status(
            lambda s: not any(s["journal"]["sinks"]["fleet"][x]["unsettled"] for x in ("life",))
        )
        assert truck.terminate() == 0
        assert not truck.vehicle().gaps("life")
        assert not fleet.snapshot()["hil/truck-1"].gaps("life")


def collect(topic, body, replies, reports):
    if topic.endswith("/reply"):
        data = json.loads(body)["data"]
        replies.append((data["command"], data["state"], data["reason"]))
    elif topic.endswith("/reported"):
        reports.append(json.loads(body))
