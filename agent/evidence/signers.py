"""Who signed a bundle: the keys in it, the rotations between them, and which of them the verifier trusts."""

import hashlib
from collections.abc import Iterator

import msgspec

from agent.errors import TrustError
from agent.evidence.archive import Files
from agent.evidence.findings import Finding
from agent.evidence.pem import public_in
from agent.evidence.statement import ROTATION
from agent.trust.keys import PublicKey


class _Turn(msgspec.Struct):
    format: str
    old: str
    new: str
    key: str


class Trusted(msgspec.Struct, frozen=True):
    """A key that the verifier brought (32 bytes, base64url), and whose it is, FLEET/VEHICLE, if known."""

    key: str
    vehicle: str | None = None


Trust = dict[str, Trusted]  # by the key's name


class Signers:
    """Keys come from `keys/KID.pub`; `trust` are those that the verifier brought, for this vehicle."""

    def __init__(self, files: Files, trust: Trust, vehicle: str) -> None:
        self._files, self._brought = files, bool(trust)
        self._trust = {kid for kid, known in trust.items() if known.vehicle in (None, vehicle)}
        self._keys: dict[str, PublicKey] = {}
        self._used: set[str] = set()
        self._wrong: list[Finding] = []
        for name, content in files.items():
            if name.startswith("keys/"):
                self._take(name, content)
        self._turns()

    @property
    def all_trusted(self) -> bool:
        """Whether every key that signed something is trusted, or was signed by one that is."""
        return bool(self._used) and self._used <= self._trust

    def is_by(self, kid: str, content: bytes, sig: bytes) -> bool:
        """Whether the key of this name signed it."""
        key = self._keys.get(kid)
        self._used.add(kid)
        return key is not None and key.signed(content, sig)

    def fingerprint(self, kid: str) -> str:
        """SHA-256 of a key's 32 bytes, hex; its name alone when the key isn't there."""
        key = self._keys.get(kid)
        return kid if key is None else hashlib.sha256(key.raw).hexdigest()

    def findings(self) -> Iterator[Finding]:
        """What is wrong with the keys themselves; a stranger's signature, where somebody is trusted."""
        yield from self._wrong
        if self._brought:
            for kid in sorted(self._used - self._trust):
                what = f"{kid} signed, which is not trusted for this vehicle"
                yield Finding("wrong_key", f"keys/{kid}.pub", what)

    def _take(self, name: str, content: bytes) -> None:
        try:
            device = public_in(content, name)
        except TrustError as e:
            self._wrong.append(Finding("altered", name, e.what))
            return
        if name != f"keys/{device.kid}.pub":
            self._wrong.append(Finding("altered", name, "is not the key that its name says"))
            return
        self._keys[device.kid] = PublicKey(device.key)

    def _turns(self) -> None:
        """A key that a trusted one named as its successor is trusted; in order of their numbers."""
        names = [n for n in self._files if n.startswith("rotations/") and n.endswith(".json")]
        for name in sorted(names, key=lambda n: (len(n), n)):
            try:
                turn = msgspec.json.decode(self._files[name], type=_Turn)
                right = turn.format == ROTATION and PublicKey(turn.key).kid == turn.new
            except (msgspec.MsgspecError, ValueError):
                right = False
            old = self._keys.get(turn.old) if right else None
            sig = self._files.get(f"{name.removesuffix('.json')}.sig", b"")
            if old is None or not old.signed(self._files[name], sig):
                self._wrong.append(Finding("altered", name, "is no rotation that the old key signed"))
            elif turn.old in self._trust:
                self._trust.add(turn.new)
