"""The control socket: questions, nonsense, and a daemon that is not there."""

import socket
import threading

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
