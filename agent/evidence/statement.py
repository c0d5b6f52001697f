"""What the device's key signs: canonical JSON (RFC 8785) of an object whose `format` says what it is. Pure.

The bytes that are signed are those of the JSON alone, so that `openssl pkeyutl -verify -rawin` can look at
them as they lie in a bundle. No two kinds of statement have the same `format`, and what a platform signs
(agent.trust) begins with other bytes, so one can't be taken for another.
"""

import base64
from typing import Any

import rfc8785

from agent.model_evidence import Signed

ANCHOR = "haulwatch chain anchor 1"
ROTATION = "haulwatch device key 1"
OBJECTION = "haulwatch objection 1"
BUNDLE = "haulwatch evidence bundle 1"
LONGEST_REASON = 2000  # characters of an objection


def canonical(value: Any) -> bytes:
    """RFC 8785; raises ValueError for what has no canonical JSON."""
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as e:
        raise ValueError(str(e)) from e


def anchor(
    vehicle: str, generation: str, head: str, counts: dict[str, int], at: dict[str, Any]
) -> dict[str, Any]:
    """The head (hex) of a generation's chain, how many records each chained stream had, and when."""
    return {
        "format": ANCHOR,
        "vehicle": vehicle,
        "generation": generation,
        "head": head,
        "counts": counts,
        **at,
    }


def rotation(vehicle: str, old: str, new: str, key: str, time: str) -> dict[str, Any]:
    """The key `new` (its 32 bytes as base64url) takes the place of `old`; `time` is RFC 3339."""
    return {"format": ROTATION, "vehicle": vehicle, "old": old, "new": new, "key": key, "time": time}


def objection(event: str, record_hash: str, reason: str, by: str, time: str) -> dict[str, Any]:
    """An objection to the record `event` (generation/stream/seq) with this hash (hex)."""
    return {
        "format": OBJECTION,
        "event": event,
        "hash": record_hash,
        "reason": reason,
        "by": by,
        "time": time,
    }


def raw(text: str) -> bytes:
    """The bytes of base64url without padding; raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def is_by(signed: Signed, key: str) -> bool:
    """Whether `signed` is by the key with these 32 bytes (base64url)."""
    from agent.trust.keys import PublicKey

    try:
        public = PublicKey(key, signed.alg)
        return public.kid == signed.kid and public.signed(canonical(signed.statement), raw(signed.sig))
    except ValueError:
        return False
