"""The page about a bundle: what people read, and that nothing in a bundle can take it over."""

import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

import agent
from agent.evidence.report import page
from agent.evidence.report_words import EVENTS, title
from agent.evidence.signers import Trusted
from agent.evidence.verify import verify
from agent.model import Emit

PLACE = {"lat": 31.2310937, "lon": 121.4767275, "speed": 14.0, "hdop": 0.5, "crs": "WGS-84"}


def told(files, trust=None) -> str:
    return page(files, verify(files, trust or {}, []), "b.zip")


def test_it_says_what_happened_in_both_languages(accused):
    unit, subject, files = accused
    said = told(files, {unit.device.kid: Trusted(unit.device.key)})
    for part in (
        "签名有效",
        "Signed",
        "行驶中未密闭",
        "Uncovered load",
        subject,
        unit.device.kid,
        "<svg",
        "link",
    ):
        assert part in said
    assert said.count("<img") == 3  # copies, for each original has one
    assert not re.search(r'(src|href)="(?!data:)', said)
    assert told(files).count("Self-consistent") == 1


def test_what_is_wrong_stands_on_top(accused):
    _, _, files = accused
    name = next(n for n in files if n.endswith(".jpg"))
    said = told(files | {name: b"forged"})
    assert said.index("已被篡改") < said.index("图片")
    assert name in said


@pytest.mark.parametrize(
    "data",
    [{"place": PLACE | {"speed": "<script>"}}, {"place": 7}, {"views": {"<b>": 1}}, {"reason": "<script>x"}],
)
def test_an_event_of_another_kind_is_shown_as_far_as_it_goes(unit, data):
    kind = "<script>alert(1)</script>"
    unit.emit(30, Emit("event", kind, "s", data, "violation"))
    unit.seal(40, "s", kind, 30)
    unit.attest(41)
    unit.dispute(42, "s")
    unit.attest(43)
    files = unit.bundle("s")
    verdict = verify(files, {}, [])
    manifest = verdict.manifest | {
        "files": [*json.loads(files["manifest.json"])["files"], {"role": "picture", "name": "x"}]
    }
    said = page(files, msgspec.structs.replace(verdict, manifest=manifest), "<script>.zip")
    assert "<script>" not in said
    assert "有效 holds" in said


def test_every_kind_that_the_table_of_violations_knows_has_a_name_in_both_languages():
    table = tomllib.loads(Path(agent.__file__).with_name("violations.toml").read_text(encoding="utf-8"))
    assert table.keys() <= EVENTS.keys()
    for kind in table:
        assert re.search(r"[\u4e00-\u9fff].* [A-Z]", title(f"{kind}.started")), kind


def test_the_page_is_named_for_the_event_not_for_the_warning_before_it(unit):
    unit.emit(25, Emit("event", "warning.given", "s", {"kind": "speeding"}))
    unit.emit(
        30, Emit("event", "speeding.started", "s", {"authority": ["公安"], "place": PLACE}, "violation")
    )
    unit.emit(33, Emit("event", "speeding.ended", "s", {"reason": "slower"}, "violation"))
    unit.seal(40, "s", "speeding.started", 30)
    unit.attest(41)
    said = told(unit.bundle("s"))
    assert "超速 Speeding: 开始 start · b.zip" in said
    for part in ("已警示驾驶员", "公安", "已降速 slower again"):
        assert part in said
