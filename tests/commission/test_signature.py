"""A signed sheet is genuine to the byte, and each part that somebody alters is found."""

import base64
import html.parser
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.cli.main import haulwatch
from agent.commission.signature import verify
from agent.errors import EvidenceError
from agent.evidence.signers import Trusted
from agent.trust.keys import new_key
from tests.commission.sheets import NASTY, PICTURE, signed
from tests.samples import samples

SHEET, KEY = signed()
TRUST = {KEY.public.kid: Trusted(KEY.public.key)}
OPEN = b'<script type="application/json" id="signed">'


def word(content, trust=TRUST):
    try:
        return verify(content, trust, "sheet.html").word
    except EvidenceError:
        return "altered"


def block(content):
    return json.loads(content.split(OPEN)[1].split(b"</script>")[0])


def with_block(content, change):
    """The sheet with its block written anew, as canonical as before."""
    from agent.commission.signature import _escaped
    from agent.evidence.statement import canonical

    before, rest = content.split(OPEN)
    _, after = rest.split(b"</script>", 1)
    found = block(content)
    change(found)
    return before + OPEN + _escaped(canonical(found)) + b"</script>" + after


def test_genuine_only_with_a_key_that_is_trusted_for_the_vehicle():
    assert word(SHEET) == "genuine"
    found = verify(SHEET, {}, "s")
    assert (found.word, found.vehicle, found.kid) == ("self-consistent", "hil/truck-1", KEY.public.kid)
    assert found.text == f"self-consistent, key unknown: {found.fingerprint}"
    assert word(SHEET, {KEY.public.kid: Trusted(KEY.public.key, "hil/truck-2")}) == "wrong_key"
    other = new_key().public
    assert word(SHEET, {other.kid: Trusted(other.key)}) == "wrong_key"


@settings(max_examples=samples(150))
@given(st.integers(0, len(SHEET) - 1), st.integers(1, 255))
def test_any_altered_byte_is_found(at, bit):
    altered = SHEET[:at] + bytes([SHEET[at] ^ bit]) + SHEET[at + 1 :]
    assert word(altered) == "altered"


@pytest.mark.parametrize(
    "altered",
    [
        SHEET + b" ",
        SHEET[:-1],
        SHEET[: len(SHEET) // 2],
        SHEET.replace(b"</body>", b"<p>all well</p></body>"),
        SHEET.replace("沪A·12345".encode(), "沪A·54321".encode()),
        SHEET.replace(b"<!doctype html>", b"<!doctype html>" + OPEN + b"{}</script>"),
        SHEET.replace(OPEN, OPEN + b" "),
        with_block(SHEET, lambda b: b["statement"].update(complete=True)),
        with_block(SHEET, lambda b: b["statement"]["steps"]["sky"].update(result="fail")),
        with_block(SHEET, lambda b: b["statement"].update(vehicle="hil/truck-2")),
        with_block(SHEET, lambda b: b["statement"].update(format="haulwatch objection 1")),
        with_block(SHEET, lambda b: b.update(kid="0" * 16)),
        with_block(SHEET, lambda b: b.update(more=1)),
        with_block(SHEET, lambda b: b.update(key=b["key"][:-1] + ("A" if b["key"][-1] != "A" else "Q"))),
        b"<!doctype html><p>a page</p>",
    ],
)
def test_each_altered_part_is_found(altered):
    assert altered != SHEET
    assert word(altered, {}) == word(altered) == "altered"


def test_another_key_may_not_sign_in_its_place():
    other = signed()[0]
    taken = with_block(SHEET, lambda b: b.update({k: block(other)[k] for k in ("key", "kid", "sig")}))
    assert word(taken) == "altered"


def test_bits_that_base64_does_not_use_count_too():
    """The last character of 32 bytes has two such bits, that of 64 bytes four."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for name in ("key", "sig"):
        text = block(SHEET)[name]
        other = text[:-1] + letters[letters.index(text[-1]) ^ 1]
        assert word(with_block(SHEET, lambda b, n=name, o=other: b.update({n: o}))) == "altered"


def test_an_exchanged_picture_is_named():
    coded = base64.b64encode(PICTURE)
    altered = SHEET.replace(coded, base64.b64encode(PICTURE.replace(b"bed", b"bad")))
    (found,) = verify(altered, TRUST, "s").findings
    assert (found.kind, found.where) == ("altered", "picture of bed, view")
    (found,) = verify(SHEET.replace(b"<title>", b"<title>x"), TRUST, "s").findings
    assert found.where == "the page"


class Tags(html.parser.HTMLParser):
    """The tags of a page, all closed in order."""

    def __init__(self, content):
        super().__init__()
        self.open, self.seen, self.words = [], [], []
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "img", "br", "path", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("path", "circle"):
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_is_whole_says_both_languages_and_takes_nothing_for_markup():
    page = Tags(SHEET)
    assert page.open == []
    scripts = [attrs for tag, attrs in page.seen if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "signed"}]
    assert any(NASTY in text for text in page.words)
    assert {"安装调试单", "Commissioning sheet", "3 天线视野", "3 Antenna and sky"} <= {*page.words}
    langs = [attrs["lang"] for tag, attrs in page.seen if tag == "span"]
    assert langs.count("zh") == langs.count("en") > 40
    sources = [attrs["src"] for tag, attrs in page.seen if tag == "img"]
    assert sources == [f"data:image/jpeg;base64,{base64.b64encode(PICTURE).decode()}"]
    assert not [attrs for _, attrs in page.seen if "http" in str(attrs.get("href", ""))]
    checked = [attrs["id"] for _, attrs in page.seen if "checked" in attrs]
    assert checked == ["zh"]
    assert b'id="en" checked' in signed(language="en")[0]


def test_the_command_line_says_so(tmp_path, capsys):
    sheet, key = tmp_path / "sheet.html", tmp_path / "unit.pub"
    sheet.write_bytes(SHEET)
    key.write_text(json.dumps({"kid": KEY.public.kid, "alg": "Ed25519", "key": KEY.public.key}))
    assert haulwatch(["evidence", "verify", str(sheet), "--trust", str(key)], standalone_mode=False) is None
    assert f"{sheet}: genuine" in capsys.readouterr().out
    sheet.write_bytes(SHEET + b" ")
    with pytest.raises(SystemExit) as end:
        haulwatch(["evidence", "verify", str(sheet), "--json"], standalone_mode=False)
    assert (end.value.code, json.loads(capsys.readouterr().out)["verdict"]) == (1, "altered")
