"""The model card, written from measurements: no figure in it is typed by hand. Pure."""

from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import Any

from training.pictures import CLASSES, HELD_OUT_EVERY, UNSEEN_COVERS, UNSEEN_LIGHTS
from training.prose import LICENCES, LIMITS, METHOD, USE

Figures = dict[str, Any]
_WIDTH = 110


def card(figures: Figures, tried: Sequence[Figures], looks: Sequence[Figures]) -> str:
    """The card in Markdown.

    `figures` are those that training.train keeps, `tried` the finished candidates, `looks` the looks at real
    pictures; the last two may be empty.
    """
    made = figures["made"]
    parts = [
        f"# Load model {made['manifest']['version']}",
        USE.format(**_facts(made)),
        "## Method\n\n" + METHOD.strip().format(**_facts(made)),
        "## Figures on real beds\n\n" + _real(figures.get("real"), looks),
        "## Figures on renders\n\n" + _renders(figures),
        "## What was tried\n\n" + _tried(tried),
        "## Licences\n\n" + LICENCES[made["plan"]["backbone"]].strip(),
        "## Limits\n\n" + LIMITS.strip(),
    ]
    return "\n\n".join(_wrapped(part) for part in parts) + "\n"


def _wrapped(part: str) -> str:
    """Paragraphs filled anew after figures were put in; headings, lists and tables stay."""
    paragraphs = part.strip().split("\n\n")
    return "\n\n".join(p if p.startswith(("-", "|", "#")) else fill(p, _WIDTH) for p in paragraphs)


def _facts(made: Figures) -> Figures:
    plan, manifest = made["plan"], made["manifest"]
    return {
        **plan,
        **manifest,
        **made["renders"],
        "accuse": number(manifest["accuse"]),
        "share": number(made["share"]),
        "small_epochs": round(plan["small"] * plan["epochs"]),
        "calm_epochs": round(plan["calm"] * plan["epochs"]),
        "temperature": number(made["calibration"]["temperature"]),
        "offsets": ", ".join(map(number, made["calibration"]["offsets"])),
        "mb": f"{made['bytes'] / 1e6:.1f}",
        "difference": f"{made['difference']:.0e}",
        "backbone": {"mobilenet": "MobileNetV2", "lite0": "EfficientNet-Lite0"}[plan["backbone"]],
        "style": "randomised" if plan["styled"] else "not randomised",
        "seeds": max(len(made["singles"]), 1),
        "singles": ", ".join(map(number, made["singles"])) or "not measured",
        "minutes": round(made["training_s"] / 60),
        "ms": made["ms"]["decision"],
        "every": HELD_OUT_EVERY,
        "covers": " and ".join(sorted(UNSEEN_COVERS)),
        "lights": " and ".join(sorted(UNSEEN_LIGHTS)),
    }


def _real(real: Figures | None, looks: Sequence[Figures]) -> str:
    if real is None:
        return "Not measured."
    counted = f"Real pictures were looked at {len(looks)} times in all (`training/looks.jsonl`)."
    return f"{sentence(real)} {_unusable(real)}\n{counted}\n\n{matrix(real['confusion'])}"


def _renders(figures: Figures) -> str:
    sister, validation = figures["sister"], figures["made"]["validation"]
    return "\n\n".join(
        (
            f"Held-out trucks, through the agent's own code: {sentence(figures['renders'])} "
            + _unusable(figures["renders"]),
            matrix(figures["renders"]["confusion"]),
            f"The same, degraded by weather, light and coding: {sentence(validation['degraded'])}",
            f"The sister network on covers and lights it never saw, clean: {sentence(sister['clean'])}",
            f"and degraded: {sentence(sister['degraded'])}",
            "The sister by the share of the way from ImageNet's features; taken is the least share whose log "
            "loss is within a standard error of the best:\n\n" + shares(figures["shares"]),
            "Words over the exposed share of a load (held-out trucks):\n\n"
            + curve(validation["over_exposed"]),
            "Right answers by scene (held-out trucks):\n\n" + by_scene(validation["by"]),
        )
    )


def sentence(summary: Figures) -> str:
    """The headline figures of a summary (training.measure.summary) in words."""
    called = summary["called_uncovered"]
    return (
        f"n = {summary['n']} of {summary['groups']} trucks: accuracy over three classes "
        f"{number(summary['accuracy_3'])} (95 % interval {span(summary['accuracy_3_95'])}), "
        f"AUC covered/uncovered {number(summary['auc'])} ({span(summary['auc_95'])}), "
        f"recall of uncovered {number(called['uncovered'])} at the shipped threshold with false alarms on "
        f"covered {number(called['covered'])}, empty {number(called['empty'])}, "
        f"partly {number(called['partly'])}; recall at 3 % false alarms on covered "
        f"{number(summary['recall_at']['0.03'])}; calibration error {number(summary['ece'])}."
    )


def _unusable(figures: Figures) -> str:
    found = figures["unusable"]
    return f"Called unusable: {sum(found.values())}{''.join(f', {n} {why}' for why, n in found.items())}."


def matrix(confusion: dict[str, dict[str, int]]) -> str:
    """A confusion as a table whose rows are the truth."""
    return table(("truth", *CLASSES), ([c, *(confusion[c][d] for d in CLASSES)] for c in CLASSES))


def curve(lines: Sequence[Figures]) -> str:
    """Shares of the words by interval of the exposed share."""
    rows = (
        [f"{100 * x['from']:.0f}-{100 * x['to']:.0f} %", x["n"], *(number(x[c]) for c in CLASSES)]
        for x in lines
    )
    return table(("exposed", "n", *CLASSES), rows)


def shares(tried: Sequence[Figures]) -> str:
    """Log loss (clean and degraded) and accuracy over three classes (clean) by share."""
    rows = ([number(x[k]) for k in ("share", "loss", "accuracy_3")] for x in tried)
    return table(("share", "log loss", "3 classes"), rows)


def by_scene(by: dict[str, dict[str, dict[str, int]]]) -> str:
    """Right answers of all by cover, light, camera post and load."""
    rows = (
        [kind, ", ".join(f"{name} {v['right']}/{v['n']}" for name, v in sorted(found.items()))]
        for kind, found in by.items()
    )
    return table(("by", "right of all"), rows)


COLUMNS = {
    "backbone": "backbone",
    "size": "px",
    "styled": "style randomised",
    "frozen": "blocks left",
    "rate": "rate",
    "epochs": "epochs",
    "samples": "pictures per epoch",
    "trained": "renders",
    "balanced_4": "4 classes",
    "accuracy_3": "3 classes",
    "auc": "AUC",
    "degraded_accuracy_3": "3 classes, degraded",
    "degraded_auc": "AUC, degraded",
    "ece": "ECE",
    "ms": "ms",
    "mb": "MB",
    "training_s": "training, s",
}


def _tried(tried: Sequence[Figures]) -> str:
    if not tried:
        return "No other candidate was finished."
    rows = [
        [
            *(_cell(x[k]) for k in COLUMNS),
            *(number((x.get("real") or {}).get(k)) for k in ("accuracy_3", "auc")),
        ]
        for x in tried
    ]
    said = (
        "Sister networks of one seed, measured on renders with covers and lights they never saw; the last "
        "two columns are of real beds."
    )
    return f"{said}\n\n" + table((*COLUMNS.values(), "3 classes, real", "AUC, real"), rows)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def number(value: float | None) -> str:
    """A figure without needless digits; a dash for None."""
    return "-" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


def span(interval: Sequence[float | None]) -> str:
    """An interval."""
    return "-".join(map(number, interval)) if None not in interval else "not to be had"
