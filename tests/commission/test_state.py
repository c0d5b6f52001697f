"""What is done and what is to be done, told from what was kept and from what a step rests on. Pure."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.commission.state import (
    STEPS,
    Done,
    Figure,
    Measured,
    Run,
    changed,
    complete,
    pending,
    summary,
    with_step,
)
from agent.commission.words import Words
from agent.doctor.findings import Finding

INPUTS = dict.fromkeys(STEPS, "now")
results = st.sampled_from(("ok", "warn", "fail", "skipped", "undone"))
runs = st.builds(
    Run,
    vehicle=st.just("f/v"),
    steps=st.dictionaries(
        st.sampled_from(STEPS), st.builds(Done, result=results, inputs=st.sampled_from(("now", "then")))
    ),
)


def well(*but):
    return Run("f/v", steps={name: Done("ok", "now") for name in STEPS if name not in but})


def test_at_first_all_is_to_be_done_and_at_last_nothing():
    assert pending(Run("f/v"), INPUTS) == STEPS
    assert not complete(Run("f/v"))
    assert pending(well(), INPUTS) == ()
    assert complete(well())
    assert pending(well("roi", "sky"), INPUTS) == ("sky", "roi")


@pytest.mark.parametrize(
    ("result", "again", "whole"),
    [
        ("ok", False, True),
        ("warn", False, True),
        ("skipped", False, False),
        ("fail", True, False),
        ("undone", True, False),
    ],
)
def test_what_each_result_means_for_the_next_run(result, again, whole):
    run = with_step(well(), "roi", Done(result, "now", reason="x" if result == "skipped" else None))
    assert (pending(run, INPUTS) == ("roi",)) == again
    assert complete(run) == whole
    assert next(s for s in summary(run) if s.step == "roi").result == result


def test_a_step_whose_inputs_changed_is_done_again():
    run = well()
    assert pending(run, INPUTS | {"roi": "other corners"}) == ("roi",)
    assert changed(run, INPUTS | {"roi": "other corners"}) == ("roi",)
    assert changed(Run("f/v"), INPUTS) == ()


def test_a_step_done_again_makes_the_sheet_one_of_before():
    run = msgspec.structs.replace(well(), sheet="ab" * 32)
    assert with_step(run, "sky", Done("ok", "now")).sheet is None


@given(runs)
def test_every_run_survives_its_file_and_is_summed_up_whole(run):
    assert msgspec.json.decode(msgspec.json.encode(run), type=Run) == run
    assert [step.step for step in summary(run)] == list(STEPS)
    assert complete(run) == all(step.result in ("ok", "warn") for step in summary(run))
    open_steps = pending(run, INPUTS)
    assert list(open_steps) == [name for name in STEPS if name in open_steps]


def test_the_gravest_finding_is_the_result():
    found = [Finding("a.b", "ok"), Finding("c.d", "skip")]
    assert Measured(findings=tuple(found)).result == "ok"
    assert Measured(findings=(*found, Finding("e.f", "warn"))).result == "warn"
    worst = Measured(findings=(Finding("e.f", "warn"), Finding("g.h", "fail"), *found))
    assert (worst.result, [f.code for f in worst.bad], worst.fine) == ("fail", ["g.h", "e.f"], 1)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_word_is_there_in_both_languages(lang):
    words = Words(lang)
    for name in STEPS:
        assert all((words.title(name), words.see(name), words.do(name)))
    for code, facts in {
        "key": {"why": "x"}, "sky": {"why": "2d"}, "picture": {"why": "x"}, "unmoved": {},
        "untaught": {"missing": "empty, covered"}, "trip": {"step": "connection", "why": "x"},
        "sign": {"why": "x"}, "record": {"why": "no answer yet"}, "chain": {"why": "x"},
    }.items():  # fmt: skip
        found = Finding(f"commission.{code}", "fail", "lift", facts)
        assert "{" not in words.what(found) + words.remedy(found)
    assert words.figure(Figure("zones", "2 loading, 1 risk")) in (
        ("电子围栏", "2 装载、1 风险"),
        ("zones", "2 loading, 1 risk"),
    )
