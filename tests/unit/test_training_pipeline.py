"""The pipeline's pure parts: renders found and held out, steps done once, the card made from figures."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from agent.vision.classifier import Classifier
from training import card, measure
from training.augment.view import Views
from training.evaluate import evaluate, labelled, look
from training.pictures import Render, find, kept_crop
from training.plan import Plan, of_renders
from training.steps import Steps
from training.usable import judged

RIM = [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]]


def write_renders(folder: Path, scenes: list[dict[str, Any]]) -> list[Render]:
    coarse = np.random.default_rng(0).integers(0, 255, (12, 16, 3), np.uint8)
    picture = cv2.resize(coarse, (160, 120), interpolation=cv2.INTER_CUBIC)
    for i, scene in enumerate(scenes):
        scene.setdefault("file", f"{scene['label']}_{i}.png")
        cv2.imwrite(str(folder / scene["file"]), picture)
    listing = "".join(json.dumps({"pts": RIM, **scene}) + "\n" for scene in scenes)
    (folder / "1.roi.jsonl").write_text(listing)
    return find(folder)


def test_renders_of_unknown_classes_are_left_out(tmp_path: Path) -> None:
    found = write_renders(tmp_path, [{"label": "covered", "exposed": 0.01}, {"label": "partial"}])
    assert [(r.label, r.exposed, r.truck) for r in found] == [("covered", 0.01, "covered_0")]


def test_a_picture_that_the_agent_would_not_judge_teaches_nothing(tmp_path: Path) -> None:
    renders = write_renders(tmp_path, [{"label": "covered"}, {"label": "empty"}])
    cv2.imwrite(str(renders[0].file), np.zeros((120, 160, 3), np.uint8))
    assert judged(renders) == renders[1:]


def test_no_renders_is_said(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no .*renders"):
        find(tmp_path)


def test_a_crop_keeps_the_rim_where_it_was(tmp_path: Path) -> None:
    (render,) = write_renders(tmp_path, [{"label": "empty"}])
    crop, rim = kept_crop(render)
    assert crop.shape[0] < 120
    left, top = rim[0]
    whole = render.read()
    assert np.array_equal(
        crop[round(top * crop.shape[0]), round(left * crop.shape[1])], whole[30, 40]
    )  # the rim's first corner is a quarter across and down


def test_a_truck_is_never_in_training_and_validation(tmp_path: Path) -> None:
    scenes = [{"label": "empty", "truck": f"t{i % 20}"} for i in range(60)]
    kept, held = Plan().chosen(write_renders(tmp_path, scenes))
    assert held
    assert len(kept) > len(held)
    assert not {r.truck for r in kept} & {r.truck for r in held}


def test_a_sister_never_sees_the_covers_and_lights_it_is_measured_on(tmp_path: Path) -> None:
    scenes = [
        {"label": "covered", "cover": cover, "light": light, "truck": f"{cover}{light}{i}"}
        for cover in ("roller", "tarp")
        for light in ("dusk", "sun")
        for i in range(8)
    ]
    kept, unseen = Plan(sister=True).chosen(write_renders(tmp_path, scenes))
    assert kept
    assert {(r.scene["cover"], r.scene["light"]) for r in kept} == {("tarp", "sun")}
    assert {(r.scene["cover"], r.scene["light"]) for r in unseen} == {
        ("roller", "sun"),
        ("roller", "dusk"),
        ("tarp", "dusk"),
    }


def test_plans_and_sets_of_renders_have_marks_of_their_own(tmp_path: Path) -> None:
    plan = Plan()
    assert plan.name == Plan().name
    assert len({plan.name, replace(plan, rate=1e-3).name, replace(plan, sister=True).name}) == 3
    renders = write_renders(tmp_path, [{"label": "empty"}, {"label": "covered"}])
    assert of_renders(renders) == of_renders(renders[::-1]) != of_renders(renders[:1])


def test_training_begins_small_and_ends_calm() -> None:
    plan = Plan(epochs=10, size=224, small=0.5, calm=0.3)
    assert [plan.views(e).size for e in (0, 4, 5, 9)] == [160, 160, 224, 224]
    assert [plan.views(e).share for e in (0, 6, 7, 9)] == [1, 1, 0.5, 0.5]
    assert {replace(plan, size=96, small=0, calm=0).views(e) for e in range(10)} == {Views(96)}


def test_a_step_that_is_done_is_not_done_again(tmp_path: Path) -> None:
    said: list[str] = []
    steps, calls = Steps(tmp_path / "new", said.append), []

    def work() -> dict[str, Any]:
        calls.append(1)
        return {"n": len(calls), "pair": (1, 2)}

    assert steps.run("fit", {"seed": 1}, work) == {"n": 1, "pair": [1, 2]}
    assert Steps(tmp_path / "new", said.append).run("fit", {"seed": 1}, work) == {"n": 1, "pair": [1, 2]}
    assert said == ["new: fit …", "new: fit was done before"]
    assert steps.run("fit", {"seed": 2}, work)["n"] == 2


def test_a_step_that_fails_keeps_nothing(tmp_path: Path) -> None:
    steps = Steps(tmp_path, lambda _: None)

    def fails() -> dict[str, Any]:
        raise KeyError("killed")

    with pytest.raises(KeyError):
        steps.run("fit", {}, fails)
    assert steps.run("fit", {}, lambda: {"done": True}) == {"done": True}


def figures() -> dict[str, Any]:
    truth, rng = np.arange(40) % 4, np.random.default_rng(0)
    p = rng.dirichlet((1, 1, 1, 1), 40) + np.eye(4)[truth]
    p /= p.sum(1, keepdims=True)
    groups = [f"truck {i // 2}" for i in range(40)]
    summary = measure.summary(truth, p, groups, 0.55)
    validation = {
        "temperature": 1.5,
        "clean": summary,
        "degraded": summary,
        "over_exposed": measure.over_exposed(np.linspace(0, 1, 40), truth),
        "by": {"cover": measure.by_group(truth, truth, ["net", "lid"] * 20)},
    }
    made = {
        "plan": vars(Plan()),
        "renders": {"trained": 800, "validated": 160},
        "manifest": {"version": "9.9.9", "input": 160, "embedding": 1280, "opencv": "5.0.0", "accuse": 0.55},
        "calibration": {"temperature": 1.5, "offsets": [0.1, 0.2, -0.5, 0.2], "accuse": 0.55},
        "share": 0.7,
        "singles": [0.91, 0.93],
        "validation": validation,
        "difference": 2e-6,
        "bytes": 8_900_000,
        "ms": {"decision": 7.3, "network": 7.0},
        "training_s": 3600,
    }
    measured = {**summary, "unusable": {"dark": 2}}
    tried = [{"share": 0.7, "loss": 0.61, "accuracy_3": 0.9}, {"share": 1.0, "loss": 0.6, "accuracy_3": 0.91}]
    return {"made": made, "shares": tried, "sister": validation, "renders": measured, "real": measured}


def test_the_card_has_the_figures_it_is_given() -> None:
    given = figures()
    text = card.card(given, [], [{"model": "9.9.9"}] * 3)
    assert "# Load model 9.9.9" in text
    words = " ".join(text.split())
    assert f"accuracy over three classes {card.number(given['real']['accuracy_3'])}" in words
    assert "looked at 3 times" in words
    assert "Called unusable: 2, 2 dark." in text
    assert "0.91, 0.93" in words
    assert "0.7 of the way" in words
    assert "| 1 | 0.6 | 0.91 |" in text
    assert "| 0-2 % | 1 | 1 | 0 | 0 | 0 |" in text
    assert "{" not in text
    given["real"]["accuracy_3"] = 0.123
    assert "accuracy over three classes 0.123" in " ".join(card.card(given, [], []).split())


def test_the_card_says_what_was_not_measured() -> None:
    given = figures()
    del given["real"]
    assert "Not measured." in card.card(given, [], [])


def test_the_card_lists_candidates() -> None:
    line = dict.fromkeys(card.COLUMNS, 1.25) | {"backbone": "lite0", "styled": False}
    text = card.card(figures(), [{**line, "real": {"accuracy_3": 0.5, "auc": None}}, line], [])
    assert "| lite0 | 1.25 | no |" in text
    assert "| 0.5 | - |" in text


def test_the_shipped_model_is_measured_through_the_agents_own_code(tmp_path: Path) -> None:
    write_renders(tmp_path, [{"label": "covered"}, {"label": "empty"}])
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((60, 80, 3), np.uint8))
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("file", "label", "group", "tier"))
        lines.writerows([("covered_0.png", "covered", "a", "A"), ("empty_1.png", "partial", "b", "A")])
        lines.writerows([("black.png", "empty", "c", "A"), ("empty_1.png", "empty", "d", "B")])
    model = Classifier.load(None)
    cases = labelled(tmp_path / "labels.csv", "A")
    assert [c.label for c in cases] == ["covered", "partly", "empty"]
    found = evaluate(model, cases)
    assert (found["n"], found["groups"], found["unusable"]) == (2, 2, {"dark": 1})
    nothing = evaluate(model, cases[2:])
    assert (nothing["n"], nothing["auc"], nothing["ece"]) == (0, None, None)
    look(tmp_path / "looks.jsonl", model, found, "a test", "A")
    look(tmp_path / "looks.jsonl", model, found, "a test", "A")
    seen = [json.loads(line) for line in (tmp_path / "looks.jsonl").read_text().splitlines()]
    assert [x["model"] for x in seen] == [model.version] * 2
