"""Login of HTTP and RTSP: the RFCs' own examples, and what cameras make of challenges."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera.login import Account, Request, answer, challenges, digest_response, fields
from drivers.sim.server import Gate

# RFC 2617, 3.5 and RFC 7616, 3.9.1.
OLD = (
    'Digest realm="testrealm@host.com", qop="auth,auth-int", '
    'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
)
NEW = 'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, nonce="{}", opaque="{}"'
NONCE, OPAQUE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
MUFASA = Account("Mufasa", "Circle Of Life")
PAGE = Request("GET", "/dir/index.html")


def test_the_example_of_rfc_2617() -> None:
    said = answer(challenges([OLD]), MUFASA, PAGE, "0a4f113b")
    assert said
    given_ = fields(said.removeprefix("Digest "))
    assert given_["response"] == "6629fae49393a05397450978507c4ef1"
    assert given_["opaque"] == "5ccc069c403ebaf9f0171e9517f40e41"
    assert (given_["nc"], given_["qop"], given_["uri"]) == ("00000001", "auth", "/dir/index.html")


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm, response) -> None:
    (challenge,) = challenges([NEW.format(algorithm, NONCE, OPAQUE)])
    account = Account("Mufasa", "Circle of Life")
    assert digest_response(challenge, account, PAGE, CNONCE) == response


def test_the_strongest_challenge_is_answered_and_basic_only_when_allowed() -> None:
    digest = NEW.format("MD5", NONCE, OPAQUE)
    asked = challenges(['Basic realm="cam"', digest, NEW.format("SHA-256", NONCE, OPAQUE)])
    said = answer(asked, MUFASA, PAGE, CNONCE)
    assert said
    assert "algorithm=SHA-256" in said
    basic = answer(asked, MUFASA, PAGE, CNONCE, login="basic")
    assert basic == "Basic " + base64.b64encode(b"Mufasa:Circle Of Life").decode()
    assert answer(challenges(['Basic realm="cam"']), MUFASA, PAGE, CNONCE, login="digest") is None


def test_challenges_in_one_header_and_what_is_not_known() -> None:
    both = challenges(['Basic realm="a, Digest", Digest realm="b", nonce="n"'])
    assert [(c.scheme, c.realm) for c in both] == [("basic", "a, Digest"), ("digest", "b")]
    assert challenges(["Bearer x", 'Digest realm="x", nonce="n", algorithm=SHA-512-256']) == []
    assert challenges(['Digest realm="x", nonce="n", qop="auth-int"']) == []


def test_an_account_shows_nothing() -> None:
    assert "Circle" not in repr(MUFASA)


texts = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=30)


@settings(deadline=None)
@given(st.sampled_from(["any", "digest", "basic"]), texts.filter(lambda t: ":" not in t), texts, texts)
def test_who_has_the_password_comes_in_and_nobody_else(login, user, password, realm) -> None:
    account = Account(user, password)
    gate = Gate(account, login, realm.replace('"', "").replace("\\", ""))
    asked = challenges(gate.challenges)
    request = Request("DESCRIBE", "rtsp://h/1")
    right = answer(asked, account, request, "00ff")
    wrong = answer(asked, Account(user, password + "x"), request, "00ff")
    assert right
    assert gate.admits("DESCRIBE", right)
    assert wrong
    assert not gate.admits("DESCRIBE", wrong)
    assert not gate.admits("DESCRIBE", "")


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_header_is_borne(header) -> None:
    answer(challenges([header]), MUFASA, PAGE, "0")
