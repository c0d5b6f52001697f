"""The device's key: one private file beside the journal, and how it is exchanged for a new one.

A rotation is signed by the old key and lies in `device.rotation.json` before the new key takes the old one's
place, until the journal holds the record of it; so a power cut leaves either key, never none, and no rotation
unrecorded.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from agent.durable_file import write_durable
from agent.errors import TrustError
from agent.evidence import signer
from agent.evidence.pem import public_in
from agent.evidence.statement import canonical, rotation
from agent.model_evidence import Device, Signed
from agent.trust.keys import public_file
from buffer.directory import sync_directory


class Files(msgspec.Struct, frozen=True):
    """Where the device's key lies: in the journal's folder."""

    folder: Path

    @property
    def key(self) -> Path:
        """The private key, for the agent's account alone."""
        return self.folder / "device.key"

    @property
    def successor(self) -> Path:
        """A new key that has not taken the old one's place yet."""
        return self.folder / "device.key.next"

    @property
    def turn(self) -> Path:
        """The signed rotation that the journal does not hold yet."""
        return self.folder / "device.rotation.json"


def public_of(file: Path) -> Device:
    """The key whose public half is PEM in `file`, read without cryptography; raises TrustError."""
    try:
        content = file.read_bytes()
    except OSError as e:
        raise TrustError(
            f"cannot be read ({e.strerror})", where=str(file), remedy="start the daemon once"
        ) from e
    return public_in(content, str(file))


def device_key(files: Files) -> Device:
    """The device's key; made at the first start, and a rotation that was cut short is finished.

    Raises TrustError.
    """
    _finish(files)
    if not files.key.exists():
        files.folder.mkdir(parents=True, exist_ok=True)
        public_file(files.key).unlink(missing_ok=True)
        signer.make(files.key)
        _own(files, files.key)
    return public_of(public_file(files.key))


def rotate(files: Files, vehicle: str, now: datetime) -> Signed:
    """Exchange the key for a new one; the daemon journals what is returned. Raises TrustError."""
    if pending(files) is not None:
        raise TrustError(
            "the last rotation is not in the journal yet",
            where=str(files.turn),
            remedy="start the daemon, or wait a minute",
        )
    old = public_of(public_file(files.key))
    for left in (files.successor, public_file(files.successor)):
        left.unlink(missing_ok=True)
    signer.make(files.successor)
    new = public_of(public_file(files.successor))
    time = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    statement = rotation(vehicle, old.kid, new.kid, new.key, time)
    answer = signer.sign(files.key, canonical(statement))
    signed = Signed(statement, answer.kid, answer.sig)
    write_durable(files.turn, msgspec.json.encode(signed) + b"\n")
    _own(files, files.successor, files.turn)
    _finish(files)
    return signed


def pending(files: Files) -> Signed | None:
    """A rotation that the journal does not hold yet."""
    try:
        return msgspec.json.decode(files.turn.read_bytes(), type=Signed)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as e:
        raise TrustError(f"is not understood ({e})", where=str(files.turn), remedy="remove it") from e


def _finish(files: Files) -> None:
    """Let the successor take the old key's place, once it is signed that it does."""
    turn = pending(files)
    if turn is None or not files.successor.exists():
        return  # a successor that nobody signed never counts
    public = public_file(files.successor)
    if public.exists() and public_of(public).kid == turn.statement.get("new"):
        public.replace(public_file(files.key))
    if public_of(public_file(files.key)).kid == turn.statement.get("new"):
        files.successor.replace(files.key)
        sync_directory(files.folder)


def _own(files: Files, *made: Path) -> None:
    """Give files made by root to the agent's account, which the folder belongs to."""
    if os.geteuid() != 0:
        return
    owner = files.folder.stat()
    for file in made:
        for each in (file, public_file(file)):
            if each.exists():
                os.chown(each, owner.st_uid, owner.st_gid)
