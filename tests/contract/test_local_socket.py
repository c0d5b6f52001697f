"""The control socket: questions, nonsense, and a daemon that is not there."""

import socket
import threading
import time

import pytest

from agent.errors import PlatformMissing
from agent.local_socket import ControlSocket, ask


@pytest.fixture
def path(tmp_path):
    stop, bound = threading.Event(), threading.Event()

    def fail(_):
        raise OSError("no picture")

    path = tmp_path / "agent.sock"
    answers = {"echo": lambda question: {"heard": question["text"]}, "fail": fail}
    server = ControlSocket(path, answers)
    thread = threading.Thread(target=server.run, args=(stop, bound.set))
    thread.start()
    assert bound.wait(10)
    yield path
    stop.set()
    thread.join(10)
    assert not path.exists()


def test_a_question_is_answered(path):
    assert ask(path, {"ask": "echo", "text": "你好"}) == {"heard": "你好"}


def test_an_unknown_question_and_a_failure_are_answers_too(path):
    assert "known are echo, fail" in ask(path, {"ask": "other"})["error"]
    assert ask(path, {"ask": "fail"})["error"] == "no picture"
    assert ask(path, {"ask": "echo"})["error"]


@pytest.mark.parametrize("noise", [b"", b"\n", b"[]\n", b"\xff\xfe\n", b"x" * 100_000])
def test_noise_does_not_end_it(path, noise):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(str(path))
        client.sendall(noise)
    assert ask(path, {"ask": "echo", "text": "x"}) == {"heard": "x"}


def test_only_the_group_may_ask(path):
    assert path.stat().st_mode & 0o777 == 0o660


def test_no_daemon_is_a_clear_error(tmp_path):
    with pytest.raises(PlatformMissing, match="haulwatch run"):
        ask(tmp_path / "none.sock", {"ask": "status"})


def test_a_dripping_question_does_not_hold_it(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(str(path))
        for _ in range(4):
            client.sendall(b"x")
            time.sleep(0.1)
        assert ask(path, {"ask": "echo", "text": "x"}) == {"heard": "x"}


def test_an_old_run_leaves_the_socket_of_a_new_one(tmp_path):
    path, stops = tmp_path / "agent.sock", [threading.Event(), threading.Event()]
    threads = []
    for stop in stops:
        bound = threading.Event()
        server = ControlSocket(path, {"echo": lambda _: {}})
        threads.append(threading.Thread(target=server.run, args=(stop, bound.set)))
        threads[-1].start()
        assert bound.wait(10)
    stops[0].set()
    threads[0].join(10)
    assert ask(path, {"ask": "echo"}) == {}
    stops[1].set()
    threads[1].join(10)
