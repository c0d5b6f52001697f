"""Links in the documents: each leads to a file and a heading that are there, and every page can be found."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES = [*READMES, *sorted(DOCS.rglob("*.md"))]
PICTURE_BYTES = 200_000
_FENCE = re.compile(r"^ *```.*?^ *```", re.M | re.S)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")
_ELSEWHERE = ("http://", "https://", "mailto:")


@cache
def text(page: Path) -> str:
    """A page without its blocks of code and its code words, in which brackets are no links."""
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", page.read_text()))


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors that GitHub gives to headings: lower case, no punctuation, `-` for a space, numbered."""
    found: list[str] = []
    for heading in re.findall(r"^#{1,6} (.*?)\s*$", _FENCE.sub("", page.read_text()), re.M):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found.append(slug if slug not in found else f"{slug}-{found.count(slug)}")
    return frozenset(found)


def links(page: Path) -> list[tuple[Path, str]]:
    """The files and anchors that a page points at within the repository."""
    found = []
    for target in _LINK.findall(text(page)):
        if not target.startswith(_ELSEWHERE):
            name, _, anchor = target.partition("#")
            found.append(((page.parent / name).resolve() if name else page, anchor))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for file, anchor in links(page):
        assert file.exists(), f"{page.name}: {file}"
        assert file.is_relative_to(ROOT), f"{page.name}: {file} is outside"
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), f"{page.name}: {file.name}#{anchor}"


def reachable(start: Path) -> set[Path]:
    """All pages that a reader comes to from `start`; a link to a folder is one to the pages in it."""
    found, ahead = set(), [start]
    while ahead:
        page = ahead.pop()
        if page in found or page.suffix != ".md":
            continue
        found.add(page)
        for file, _ in links(page):
            ahead.extend(file.glob("*.md") if file.is_dir() else [file])
    return found


def test_every_page_is_found_from_the_index_and_from_the_readme():
    pages = set(DOCS.rglob("*.md"))
    assert pages - reachable(DOCS / "README.md") == set()
    for readme in READMES:
        assert pages - reachable(readme) == set()


def test_pictures_are_small():
    for page in PAGES:
        for name in _PICTURE.findall(text(page)):
            picture = page.parent / name
            assert picture.stat().st_size < PICTURE_BYTES, f"{page.name}: {name}"


def test_the_checks_would_find_a_broken_link(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A `b`, c!\n## 接线\n## 接线\n[x](none.md) [y](#a-b-c)\n```\n[no](link)\n```\n")
    assert anchors(page) == {"a-b-c", "接线", "接线-1"}
    assert [(file.name, anchor) for file, anchor in links(page)] == [("none.md", ""), ("page.md", "a-b-c")]
