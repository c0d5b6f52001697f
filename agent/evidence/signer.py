"""Signs in a short-lived child process: `python -I -m agent.evidence.signer FILE`.

cryptography takes 12 MB, which the daemon would hold all day for a few signatures; so it neither holds them
nor the key. Each line on standard input is base64 of what is to be signed; the answer is the key's name and
the signature as base64url. With `make` before FILE a new key is written there instead.
"""

import base64
import subprocess
import sys
from pathlib import Path

import msgspec

from agent.errors import AgentError, TrustError

_PATIENCE_S = 20.0  # a cold start from a slow card


class Answer(msgspec.Struct, frozen=True):
    """A signature, base64url, and the name of its key."""

    kid: str
    sig: str


def make(file: Path) -> None:
    """Write a new key to `file` (0600) and its public half beside it; raises TrustError."""
    _run(["make", str(file)], b"", file)


def sign(file: Path, content: bytes, patience_s: float = _PATIENCE_S) -> Answer:
    """The signature of `content` by the key in `file`; raises TrustError."""
    said = _run([str(file)], base64.b64encode(content) + b"\n", file, patience_s)
    try:
        return msgspec.json.decode(said, type=Answer)
    except msgspec.MsgspecError as e:
        raise _failed(file, "no signature came") from e


def _run(arguments: list[str], said: bytes, file: Path, patience_s: float = _PATIENCE_S) -> bytes:
    command = [sys.executable, "-I", "-m", "agent.evidence.signer", *arguments]
    try:
        child = subprocess.run(command, input=said, capture_output=True, timeout=patience_s, check=False)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise _failed(file, f"the signer did not answer ({type(e).__name__})") from e
    if child.returncode:
        lines = child.stderr.decode(errors="replace").strip().splitlines()
        raise _failed(file, lines[-1] if lines else "the signer failed")
    return child.stdout


def _failed(file: Path, what: str) -> TrustError:
    return TrustError(what, where=str(file), remedy="check the key with `haulwatch keys device`")


def main() -> int:
    """See above."""
    from agent.trust.keys import new_key, read_private, text_of

    try:
        if sys.argv[1] == "make":
            new_key().write(Path(sys.argv[2]))
            return 0
        key = read_private(Path(sys.argv[1]))
        for line in sys.stdin.buffer:
            answer = Answer(key.public.kid, text_of(key.sign_bytes(base64.b64decode(line))))
            sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
            sys.stdout.buffer.flush()
    except AgentError as e:
        sys.stderr.write(f"{e.what}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
