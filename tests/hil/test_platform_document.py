"""The lines of docs/platform.md, run as they stand there against the real daemon."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.hil
TEXT = (Path(__file__).parents[2] / "docs" / "platform.md").read_text()
BASE = "haulwatch/v1/muck/truck-1"


def lines(chapter: str) -> list[str]:
    """What a reader would type in a chapter; a subscription without an end is left to him."""
    body = re.search(rf"^## {chapter}\n(.*?)(?=^## )", TEXT, re.M | re.S)[1]
    typed = re.findall(r"^    ((?:echo|haulwatch|mosquitto_).*)$", body, re.M)
    return [line for line in typed if "mosquitto_sub" not in line or "-C 1" in line]


@pytest.fixture
def shell(truck, tmp_path):
    if not shutil.which("mosquitto_pub"):
        pytest.skip("mosquitto-clients is not installed")
    truck.tables["unit"] = {"fleet": "muck", "vehicle": "truck-1"}
    broker = urlsplit(truck.sink["url"])

    def run(line, *more):
        line = line.replace("-h BROKER", f"-h {broker.hostname} -p {broker.port}")
        line = re.sub(r"^haulwatch", f"{sys.executable} -I -m agent", line)
        command = ["sh", "-c", " ".join([line, *more])]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=True)
        return done.stdout.decode()

    (tmp_path / "state").mkdir()
    run("haulwatch keys new city.key")
    run("haulwatch keys trust city.key.pub", "--store", str(tmp_path / "state" / "trust.json"))
    truck.start()
    truck.await_status(lambda s: s["sinks"].get("city", {}).get("listening"))
    return run


def test_the_chapters_have_lines():
    assert len(lines("Commands")) == 5
    assert len(lines("Settings from afar")) == 4


def test_the_lines_on_commands_work(truck, shell):
    replies = []

    def heard(topic, payload):
        if topic.endswith("/reply"):
            replies.append((topic, json.loads(payload)["data"]["state"]))

    truck.platform.listen(heard)
    for line in lines("Commands"):
        shell(line)
    for command in ("ping/p-1", "get_status/g-1", "rescan/c-17"):
        topic = f"{BASE}/cmd/{command}/reply"
        truck.await_status(lambda _, topic=topic: (topic, "done") in replies, topic)
    assert truck.terminate() == 0


def test_the_lines_on_settings_work(truck, shell):
    reports = [out for line in lines("Settings from afar") if (out := shell(line))]
    report = json.loads(reports[-1])
    assert (report["version"], report["state"]) == (1, "probation")
    assert report["settings"]["load"] == {"uncovered_after_s": 20}
    truck.await_status(lambda s: s["remote"]["settings"] == report["settings"])
    assert truck.terminate() == 0
