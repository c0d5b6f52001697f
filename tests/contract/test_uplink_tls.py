"""TLS against mosquitto with certificates of a test authority: who is let in, and what is said otherwise."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.uplink.certificate import not_after
from tests.contract.authority import NOW, YEAR, Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture
def secured(mosquitto, authority):
    """Starts a broker with a certificate for `host` and further settings; gives its mqtts address."""

    def start(*settings: str, host: str = "127.0.0.1", end: datetime = NOW + YEAR) -> str:
        certificate, key = authority.issue("server", host=host, end=end)
        files = (f"cafile {authority.file}", f"certfile {certificate}", f"keyfile {key}")
        return f"mqtts://127.0.0.1:{mosquitto(*files, *settings).port}"

    return start


def reason(rig, sink, until) -> str:
    rig.start(sink)
    until(lambda: rig.status.reason is not None)
    assert rig.status.connects == 0
    return rig.status.reason


def test_a_known_authority_and_the_right_name(rig, secured, authority, until):
    rig.append("coverage", 200)
    rig.start(rig.sink(secured(), ca_file=authority.file))
    until(rig.drained)
    assert rig.status.protocol == 5


def test_wrong_server_name(rig, secured, authority, until):
    sink = rig.sink(secured(host="broker.example"), ca_file=authority.file)
    assert reason(rig, sink, until) == "the broker's certificate is for another server name"


def test_unknown_authority(rig, secured, authority, tmp_path, until):
    sink = rig.sink(secured(), ca_file=Authority(tmp_path, "other").file)
    assert reason(rig, sink, until) == "the broker's certificate is not signed by the configured CA"


def test_expired_server_certificate(rig, secured, authority, until):
    sink = rig.sink(secured(end=NOW - timedelta(days=1)), ca_file=authority.file)
    assert reason(rig, sink, until) == "the broker's certificate has expired"


def test_mutual(rig, secured, authority, until):
    certificate, key = authority.issue("truck")
    rig.append("coverage", 5)
    url = secured("require_certificate true")
    rig.start(rig.sink(url, ca_file=authority.file, cert_file=certificate, key_file=key))
    until(rig.drained)
    end = round((NOW + YEAR).timestamp())
    assert rig.links[0].certificates.keys() == {"unit", "broker"}
    assert all(abs(ends / 10**9 - end) <= 1 for ends in rig.links[0].certificates.values())


def test_a_client_certificate_is_asked_for_and_there_is_none(rig, secured, authority, until):
    sink = rig.sink(secured("require_certificate true"), ca_file=authority.file)
    said = reason(rig, sink, until)  # the broker's alert may be overtaken by its reset of the connection
    assert said in {
        f"{r} before CONNACK" for r in ("the broker asks for a client certificate", "connection lost")
    }


def test_expired_client_certificate(rig, secured, authority, until):
    end = NOW - timedelta(days=3)
    certificate, key = authority.issue("truck", end=end)
    url = secured("require_certificate true")
    sink = rig.sink(url, ca_file=authority.file, cert_file=certificate, key_file=key)
    assert reason(rig, sink, until) == f"the client certificate expired on {end:%Y-%m-%d}"


def test_a_key_that_does_not_fit(rig, secured, authority, until):
    certificate, _ = authority.issue("truck")
    _, key = authority.issue("stranger")
    sink = rig.sink(secured(), ca_file=authority.file, cert_file=certificate, key_file=key)
    assert reason(rig, sink, until) == f"{key}: is not the key of {certificate}"


@pytest.mark.parametrize(
    "end", [datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2051, 1, 2, tzinfo=UTC)]
)
def test_the_end_of_a_certificate_is_read(authority, end):
    certificate, _ = authority.issue("truck", end=end)
    assert not_after(certificate.read_text()) == end


@pytest.mark.parametrize("keep", [0, 100, 300])
def test_a_broken_certificate_is_an_error(authority, keep):
    text = authority.issue("truck")[0].read_text()
    broken = text[:keep] + "\n-----END CERTIFICATE-----\n"
    with pytest.raises(ValueError, match=r"certificate|padding|base64|Incorrect"):
        not_after(broken)
