"""Every check has words in both languages, a test of its own, and a line in the documents."""

import re
import string
from pathlib import Path

import pytest

from agent.doctor.document import FILES, document
from agent.doctor.findings import Finding
from agent.doctor.registry import CHECKS
from agent.doctor.words import Words
from agent.language import LANGUAGES

ROOT = Path(__file__).parents[2]
CODES = [check.code for check in CHECKS]


def test_checks_and_words_are_the_same_set():
    assert len(set(CODES)) == len(CODES) >= 40
    assert sorted(Words().codes()) == sorted(CODES)


def test_what_a_check_needs_comes_to_an_end():
    needs = {check.code: check.needs for check in CHECKS}

    def follow(code, path):
        assert code not in path, f"{path} needs itself"
        for needed in needs[code]:
            follow(needed, (*path, code))

    for code in CODES:
        follow(code, ())


@pytest.mark.parametrize("code", CODES)
def test_both_languages_say_the_same(code):
    facts = []
    for lang in LANGUAGES:
        words = Words(lang)
        what, do = words.template(code)
        assert words.title(code)
        assert what
        assert do
        facts.append(
            {name for text in (what, do) for _, name, _, _ in string.Formatter().parse(text) if name}
        )
    assert facts[0] == facts[1]
    assert re.search("[一-鿿]", Words("zh").title(code))
    assert Words("zh").level(code) in ("warn", "fail")


def test_every_code_is_proven_by_a_fault_that_is_injected():
    tests = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    named = set(re.findall(r"[a-z]+\.[a-z_]+", tests)) | {
        f"camera.{kind}" for kind in re.findall(r'"(\w+)"', tests)
    }
    named |= {f"antenna.{state}" for state in ("open", "short")}
    assert set(CODES) - named == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_document_is_the_registrys(lang):
    """If not: python -m agent.doctor.document docs."""
    assert (ROOT / "docs" / FILES[lang]).read_text() == document(lang)


def test_a_known_phrase_from_below_is_translated():
    found = Finding("receiver.sentences", "fail", "", {"reason": "silent"})
    assert Words("zh").what(found).endswith("没有数据")
    assert Words("en").what(found).endswith("silent")
