"""Whether what a vehicle signs is by its own key, and which keys those are.

The key of the first birth that was heard is believed; compare its fingerprint with what `haulwatch keys
device` showed at installation. A later key counts only when one that counts has signed it.
"""

import sqlite3
from typing import Any

import msgspec

from agent.evidence.statement import is_by
from agent.model_evidence import Signed

ROTATED = "device.key.rotated"
SIGNED = ("chain.anchor", ROTATED, "dispute")
"""Types of records that hold a statement and its signature."""


class Signatures:
    """Kept in the consumer's database; within the caller's transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def born(self, vehicle: str, data: dict[str, Any], now_ms: int) -> None:
        """A birth record names a key; None: the unit has none."""
        device = data.get("device")
        if device and not self._keys(vehicle):
            self._learn(vehicle, device["kid"], device["key"], now_ms)

    def judge(self, vehicle: str, name: str, kind: str, data: dict[str, Any], now_ms: int) -> None:
        """Keep the verdict on one signed record: `genuine`, `forged`, or by an `unknown_key`."""
        signed = msgspec.convert(data, Signed)
        verdict = self._verdict(vehicle, signed, data.get("key"))
        self._db.execute(
            "insert or replace into signature values(?,?,?,?,?)", (vehicle, name, kind, signed.kid, verdict)
        )
        if kind == ROTATED and verdict == "genuine":
            self._learn(vehicle, signed.statement["new"], signed.statement["key"], now_ms)

    def _verdict(self, vehicle: str, signed: Signed, own: str | None) -> str:
        """`own`: the key that an objection brings along; it proves nothing but that nobody changed it."""
        known = self._keys(vehicle).get(signed.kid)
        key = known or own
        if key is None:
            return "unknown_key"
        if not is_by(signed, key):
            return "forged"
        return "genuine" if known and signed.statement.get("vehicle", vehicle) == vehicle else "unknown_key"

    def _keys(self, vehicle: str) -> dict[str, str]:
        return dict(
            self._db.execute("select kid, key from device_key where vehicle = ?", (vehicle,)).fetchall()
        )

    def _learn(self, vehicle: str, kid: str, key: str, now_ms: int) -> None:
        self._db.execute("insert or ignore into device_key values(?,?,?,?)", (vehicle, kid, key, now_ms))
