"""`haulwatch coverage show` over a journal, and what a platform makes of its totals."""

import json

import msgspec
import pytest
from click.testing import CliRunner

import agent.cli.main
from agent.model import Emit, LastPlace, LinkState
from agent.platform.intake import Intake
from agent.platform.totals import together
from agent.records import entry
from buffer.journal import Journal
from drivers.clock import Stamp
from tests.fresh import fresh

BOOT = "b0070a52-1111-4222-8333-444455556666"
LATER = "b0071a52-1111-4222-8333-444455556666"
UTC_NS = 1_790_000_000 * 10**9  # 2026-09-21 14:13:20 UTC
GENERATION = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
TOPIC = "haulwatch/v1/muck/truck-1/coverage"


def show(path, *arguments, code=0):
    done = CliRunner().invoke(
        agent.cli.main.haulwatch, ["coverage", "show", "--journal", str(path), *arguments]
    )
    assert done.exit_code == code, done.output
    return done.stdout


def filled(t, path, boot, begun, since=0):
    """What the timeline emitted, in a journal; its seconds are those of UTC from `begun` on."""
    journal = Journal.open(fresh(path), boot, max_bytes=20_000_000, min_free_bytes=0)
    for effect, mono_ns in t.kept[since:]:
        if isinstance(effect, Emit):
            journal.defer([entry(effect, Stamp(boot, mono_ns, UTC_NS + begun + mono_ns, "gnss"))])
    journal.close()


@pytest.fixture
def path(timeline, tmp_path):
    """A drive through a tunnel, then the plug is pulled, and an hour later the truck starts again."""

    class Kept(timeline):
        kept = ()

        def feed(self, seen):
            before = len(self.effects)
            super().feed(seen)
            self.kept = [*self.kept, *((e, seen.mono_ns) for e in self.effects[before:])]

    t = Kept(boot="b0070a52", cab_cameras=())
    t.feed(LinkState(t.now, "city", True))
    t.run(60, see="covered")
    t.run(40, see="covered", mode="none", lat=None, lon=None)
    t.run(20, see="covered")
    filled(t, tmp_path / "journal.db", BOOT, 0)
    begun, last = len(t.kept), t.now
    t.at = 5
    t.settings = msgspec.structs.replace(t.settings, boot="b0071a52")
    t.start(first=False, before="b0070a52", before_ns=last, place=LastPlace("b0070a52", last, 30.6, 104.0))
    t.run(30, see="covered")
    filled(t, tmp_path / "journal.db", LATER, 3600 * 10**9, begun)
    return tmp_path / "journal.db"


def test_each_source_has_a_bar_and_each_cause_its_time(path):
    said = show(path)
    head, ruler, *rows = said.splitlines()
    assert head.startswith("2026-09-21  Asia/Shanghai  1 h 00 min")
    assert ruler.split() == ["22:13", "22:43", "23:13"]
    assert max(len(line) for line in said.splitlines()) <= 80
    assert {line.split()[0] for line in rows} >= {"agent", "journal", "fix", "camera:bed", "link:city"}
    assert "stopped without warning at 22:15:20, last fix 30.60000, 104.00000" in said
    assert any(line.split() == ["fix", "░", "none", "41.0", "s", "1.1", "%", "no", "fix"] for line in rows)


def test_json_has_spans_that_follow_each_other(path):
    made = json.loads(show(path, "--json"))
    assert made["adds_up"]
    assert made["ends"][0]["place"]["lat"] == 30.6
    for source in made["sources"].values():
        assert sum(c["seconds"] for c in source["causes"]) == pytest.approx(made["seconds"])
        spans = source["spans"]
        assert [s["from"] for s in spans[1:]] == [s["to"] for s in spans[:-1]]


def test_a_day_of_which_nothing_is_known_is_said_so(path):
    assert "nothing is known of this day" in show(path, "--day", "2026-09-20")
    assert (
        "no day"
        in CliRunner()
        .invoke(agent.cli.main.haulwatch, ["coverage", "show", "--journal", str(path), "--day", "tomorrow"])
        .output
    )


def test_midnight_belongs_to_one_day_only(path):
    days = [
        json.loads(show(path, "--json", "--zone", "Asia/Tokyo", "--day", day))
        for day in ("2026-09-21", "2026-09-22")
    ]
    whole = json.loads(show(path, "--json"))
    assert sum(d["seconds"] for d in days) == pytest.approx(whole["seconds"])


def totals(data):
    body = {
        "specversion": "1.0", "id": f"{GENERATION}/coverage/1", "source": "haulwatch/muck/truck-1",
        "type": "coverage.totals", "subject": "totals-b0070a52-0", "datacontenttype": "application/json",
        "generation": GENERATION, "stream": "coverage", "seq": 1, "boot": BOOT,
        "clock": "unsynced", "monons": 1, "historical": False, "recordedtime": None, "severity": "info",
        "data": data | {"severity": "info"},
    }  # fmt: skip
    return json.dumps(body).encode()


def test_a_platform_finds_totals_that_do_not_add_up(path):
    fix = [
        {"state": "good", "why": "", "us": 60_000_000},
        {"state": "poor", "why": "unfit: hdop", "us": 40_000_000},
    ]
    data = {"why": "day", "since_us": 0, "until_us": 100_000_000, "seconds": 100.0, "sources": {"fix": fix}}
    good = Intake().take(TOPIC, totals(data))
    wrong = Intake().take(TOPIC, totals(data | {"until_us": 100_000_001}))
    assert good.invalid is None
    assert wrong.invalid == "its sources do not add up to its length"
    assert together([good.body, good.body]) == {"fix": {"good": 120.0, "poor": 80.0}}
