"""The privacy pages and the configuration say the same."""

import re
from pathlib import Path

import msgspec
import pytest

from agent.config import JournalConfig, Privacy

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("privacy.md", "privacy.zh-CN.md")
DAYS = {f"privacy.{f.name}": f.default for f in msgspec.structs.fields(Privacy) if f.name.endswith("_days")}
DAYS["journal.keep_days"] = JournalConfig().keep_days


def told(page: str) -> dict[str, set[str]]:
    """The days that a page's table gives for each key."""
    found: dict[str, set[str]] = {}
    for key, days in re.findall(r"`((?:privacy|journal)\.\w+_days)` (\d+)", (DOCS / page).read_text()):
        found.setdefault(key, set()).add(days)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_the_days_in_the_table_are_the_defaults(page: str) -> None:
    assert told(page) == {key: {f"{days:g}"} for key, days in DAYS.items()}


def table(page: str) -> str:
    return (DOCS / page).read_text().split("\n## ")[1]


def test_both_pages_have_the_same_table() -> None:
    first, second = ([line.count("|") for line in table(page).splitlines() if "|" in line] for page in PAGES)
    assert first == second
    assert set(first) == {8}


def test_both_pages_cite_the_same_number_of_open_questions() -> None:
    first, second = (table(page).count("⚖") for page in PAGES)
    assert first == second > 5
