"""A picture to an address that the platform handed out, over real TLS, through servers that misbehave."""

import hashlib
import http.server
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.uplink.put import put
from agent.uplink.reasons import LinkFault
from tests.contract.test_uplink_tls import Authority

Answer = Callable[["Store", http.server.BaseHTTPRequestHandler], None]


class Store:
    """An object store behind TLS; `misdeeds` are done one per request, then it behaves."""

    def __init__(self, certificate: Path, key: Path, *, resumes: bool) -> None:
        self.content, self.resumes, self.requests = b"", resumes, list[dict[str, str]]()
        self.misdeeds: list[Answer] = []
        store = self

        class Asked(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self) -> None:
                store.requests.append(dict(self.headers))
                (store.misdeeds.pop(0) if store.misdeeds else Store.behave)(store, self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.address = f"https://localhost:{self._server.server_port}/pictures/1?signature=abc"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def holds(self, file: Path) -> bool:
        """Whether it has the file, no more and no less."""
        return self.content == file.read_bytes()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def behave(self, asked: http.server.BaseHTTPRequestHandler) -> None:
        length, part = int(asked.headers["Content-Length"]), asked.headers.get("Content-Range", "")
        if part.startswith("bytes */"):
            if not self.resumes:
                self.say(asked, 400)
            elif len(self.content) == int(part.rpartition("/")[2]):
                self.say(asked, 200)
            else:
                self.say(asked, 308, f"bytes=0-{len(self.content) - 1}" if self.content else "")
            return
        held = int(part[6:].partition("-")[0]) if part else 0
        assert held <= len(self.content), "a hole"
        self.content = self.content[:held] + asked.rfile.read(length)
        self.say(asked, 201)

    def cut_after(self, count: int) -> Answer:
        def cut(store: "Store", asked: http.server.BaseHTTPRequestHandler) -> None:
            part = asked.headers.get("Content-Range", "bytes 0-")
            if not part.startswith("bytes */"):
                store.content = store.content[: int(part[6:].partition("-")[0])] + asked.rfile.read(count)
            asked.close_connection = True

        return cut

    @staticmethod
    def say(asked: http.server.BaseHTTPRequestHandler, status: int, held: str = "") -> None:
        asked.send_response(status)
        asked.send_header("Content-Length", "0")
        if held:
            asked.send_header("Range", held)
        asked.end_headers()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.jpg"
    path.write_bytes(os.urandom(700_000))
    return path


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture(params=[True, False], ids=["resumes", "plain"])
def store(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Store]:
    made = Store(*authority.issue("store", host="localhost"), resumes=request.param)
    yield made
    made.close()


class Sending:
    """`put` as the agent calls it, with rests that are noted and not taken."""

    def __init__(self, picture: Path, authority: Authority | None) -> None:
        self._picture, self.rests = picture, list[float]()
        self._tls = ssl.create_default_context(cafile=authority.file if authority else None)
        self._tls.verify_flags &= ~ssl.VERIFY_X509_STRICT
        self.tries, self.blocks, self.most = 100, 0, 1000
        self.spent = list[int]()

    def __call__(self, address: str) -> int:
        what = self._picture, self.digest, "image/jpeg"
        return put(address, what, self._tls, self._rest, self.spent.append)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self._picture.read_bytes()).hexdigest()

    def _rest(self, seconds: float) -> bool:
        if seconds:
            self.rests.append(seconds)
        else:
            self.blocks += 1
        return len(self.rests) < self.tries and self.blocks < self.most


@pytest.fixture
def send(picture: Path, authority: Authority) -> Sending:
    return Sending(picture, authority)


def test_one_put_brings_the_file_and_names_its_digest(store: Store, send: Sending, picture: Path) -> None:
    assert send(store.address) == 700_000
    assert store.holds(picture)
    assert len(store.requests) == 1
    assert store.requests[0]["Repr-Digest"].startswith("sha-256=:")
    assert send.rests == []
    assert len(send.spent) == 1
    assert 700_000 < send.spent[0] < 800_000


def test_a_cut_upload_goes_on(store: Store, send: Sending, picture: Path) -> None:
    store.misdeeds = [store.cut_after(300_000)]
    sent = send(store.address)
    assert store.holds(picture)
    ranges = [r.get("Content-Range", "bytes */") for r in store.requests]
    again = [part for part in ranges if not part.startswith("bytes */")]
    assert again == (["bytes 300000-699999/700000"] if store.resumes else [])
    assert (sent < 1_400_000) if store.resumes else (sent >= 700_000)
    assert len(send.spent) == 2
    assert sum(send.spent) > 700_000 + 300_000 * (not store.resumes)


def test_a_lost_answer_is_asked_for(store: Store, send: Sending, picture: Path) -> None:
    """The file is there, but the line broke before the server could say so."""
    store.misdeeds = [store.cut_after(700_000)]
    send(store.address)
    assert store.holds(picture)
    wholes = [r for r in store.requests if r["Content-Length"] == "700000"]
    assert len(wholes) == (1 if store.resumes else 2)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_in_trouble_is_asked_again(store: Store, send: Sending, picture: Path, status: int) -> None:
    def trouble(store: Store, asked: http.server.BaseHTTPRequestHandler) -> None:
        asked.rfile.read(int(asked.headers["Content-Length"]))
        store.say(asked, status)

    store.misdeeds = [trouble]
    send(store.address)
    assert store.holds(picture)
    assert send.rests == [2.0]


@pytest.mark.parametrize("status", [301, 403, 404])
def test_a_refusal_is_final(store: Store, send: Sending, status: int) -> None:
    """An address that has expired, or that leads elsewhere."""
    store.misdeeds = [lambda store, asked: (asked.rfile.read(700_000), store.say(asked, status))[1]] * 9
    with pytest.raises(LinkFault, match=f"the server answered {status}"):
        send(store.address)
    assert len(store.requests) == 1


def test_it_gives_up_after_six_tries(store: Store, send: Sending) -> None:
    store.misdeeds = [store.cut_after(1)] * 20
    with pytest.raises(LinkFault, match="connection"):
        send(store.address)
    assert send.rests == [2.0, 4.0, 8.0, 16.0, 30.0]


def test_it_stops_when_it_is_told_to(store: Store, send: Sending) -> None:
    store.misdeeds, send.tries = [store.cut_after(1)] * 20, 1
    with pytest.raises(LinkFault):
        send(store.address)
    assert len(store.requests) == 1


def test_it_stops_in_the_middle_of_a_file(store: Store, send: Sending) -> None:
    send.most = 3
    with pytest.raises(LinkFault, match="its time was over"):
        send(store.address)
    assert len(store.content) < 700_000  # the server may yet be noting what came before the end


def test_a_stranger_gets_nothing(store: Store, picture: Path) -> None:
    """A server whose certificate nobody vouches for."""
    with pytest.raises(LinkFault, match="certificate"):
        Sending(picture, None)(store.address)
    assert store.requests == []


@pytest.mark.parametrize("address", ["http://localhost/x", "ftp://localhost/x", "https:///x", "x"])
def test_only_https(send: Sending, address: str) -> None:
    with pytest.raises(LinkFault, match="not https"):
        send(address)
