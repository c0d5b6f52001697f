"""Faults between unit and platform: a second one, which the daemon does not know, is tried beside it."""

import socket
import subprocess
import threading
from datetime import timedelta

import pytest

from drivers.sim.broker import MosquittoBroker, free_port, mosquitto_binary
from tests.contract.authority import NOW, YEAR, Authority
from tests.doctor.unit import write

pytestmark = [pytest.mark.hil, pytest.mark.timeout(300)]


@pytest.fixture
def city(variant, found):
    """Adds the platform `second` to the configuration; gives what is found of it."""

    def look(url, **more):
        variant.tables["sinks"].append({"name": "second", "url": url, **more})
        findings = found()
        assert {f.subject for f in findings.values()} <= {"second", ""}
        return list(findings)

    return look


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path, "authority")


@pytest.fixture
def broker(tmp_path, authority):
    """Starts mosquitto, with TLS where `host` is given; gives its port."""
    if not mosquitto_binary():
        pytest.skip("mosquitto is not installed")
    brokers = []

    def start(*settings, host=None, end=NOW + YEAR):
        if host:
            certificate, key = authority.issue("server", host=host, end=end)
            settings += (f"cafile {authority.file}", f"certfile {certificate}", f"keyfile {key}")
        brokers.append(MosquittoBroker(settings=settings))
        brokers[-1].start()
        return brokers[-1].port

    tmp_path.chmod(0o755)
    yield start
    for each in brokers:
        each.stop()


def test_a_second_platform_that_is_well(broker, city, authority):
    certificate, key = authority.issue("truck")
    key.chmod(0o600)
    port = broker("require_certificate true", host="127.0.0.1")
    assert (
        city(f"mqtts://127.0.0.1:{port}", ca_file=authority.file, cert_file=certificate, key_file=key) == []
    )


def test_nobody_listens(city):
    assert city(f"mqtt://127.0.0.1:{free_port()}") == ["link.broker"]


def test_no_interface_is_up(city, variant):
    write(variant.machine / "sys/class/net/wwan0/operstate", "down")
    assert city(f"mqtt://127.0.0.1:{free_port()}") == ["link.interface"]


def test_a_name_that_is_none(city):
    assert city("mqtts://no-such-platform.invalid") == ["link.name"]


def test_a_password_that_is_refused(city, broker, tmp_path):
    (tmp_path / "users").write_text("truck:right\n")
    subprocess.run(["mosquitto_passwd", "-U", str(tmp_path / "users")], check=True)
    port = broker("allow_anonymous false", f"password_file {tmp_path / 'users'}")
    files = {name: tmp_path / name for name in ("username_file", "password_file")}
    for file, text in zip(files.values(), ("truck", "wrong"), strict=True):
        file.write_text(text)
        file.chmod(0o600)
    assert city(f"mqtt://127.0.0.1:{port}", **files) == ["platform.login"]


@pytest.mark.parametrize(("allowed", "code"), [("read", "platform.publish"), ("write", "platform.commands")])
def test_a_right_that_is_missing(city, broker, tmp_path, allowed, code):
    (tmp_path / "acl").write_text(f"topic {allowed} #\n")
    (tmp_path / "acl").chmod(0o644)
    port = broker(f"acl_file {tmp_path / 'acl'}")
    assert city(f"mqtt://127.0.0.1:{port}") == [code]


def test_a_client_id_that_is_refused(city):
    """MQTT 5.0, 3.2.2.2: CONNACK with reason 0x85; mosquitto never says it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse():
            client, _ = server.accept()
            with client:
                client.recv(4096)
                client.sendall(b"\x20\x03\x00\x85\x00")
                client.recv(4096)

        threading.Thread(target=refuse, daemon=True).start()
        assert city(f"mqtt://127.0.0.1:{server.getsockname()[1]}") == ["platform.client"]


def test_a_broker_that_never_answers_is_given_up_in_time(city):
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert city(f"mqtt://127.0.0.1:{server.getsockname()[1]}") == ["link.broker"]


@pytest.mark.parametrize(
    ("left", "code"),
    [(-timedelta(days=3), "cert.broker"), (timedelta(days=9), "cert.broker_soon")],
)
def test_the_brokers_certificate_ends(city, broker, authority, left, code):
    port = broker(host="127.0.0.1", end=NOW + left)
    assert city(f"mqtts://127.0.0.1:{port}", ca_file=authority.file) == [code]


@pytest.mark.parametrize(
    ("left", "code"), [(-timedelta(days=3), "cert.unit"), (timedelta(days=9), "cert.unit_soon")]
)
def test_the_units_certificate_ends(city, broker, authority, left, code):
    certificate, key = authority.issue("truck", end=NOW + left)
    key.chmod(0o600)
    files = {"ca_file": authority.file, "cert_file": certificate, "key_file": key}
    assert city(f"mqtts://127.0.0.1:{broker(host='127.0.0.1')}", **files) == [code]


def test_another_server_than_the_one_that_is_meant(city, broker, authority, tmp_path):
    other = Authority(tmp_path, "other").file
    assert city(f"mqtts://127.0.0.1:{broker(host='127.0.0.1')}", ca_file=other) == ["cert.trust"]


def test_the_key_of_another_certificate(city, broker, authority):
    certificate, _ = authority.issue("truck")
    _, key = authority.issue("stranger")
    key.chmod(0o600)
    files = {"ca_file": authority.file, "cert_file": certificate, "key_file": key}
    assert city(f"mqtts://127.0.0.1:{broker(host='127.0.0.1')}", **files) == ["cert.files"]
