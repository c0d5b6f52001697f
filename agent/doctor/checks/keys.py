"""The unit's own key, and whose word it takes."""

from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient
from agent.errors import TrustError
from agent.evidence.device import pending, public_of
from agent.evidence.setup import files_of
from agent.trust.keys import public_file, read_private
from agent.trust.store import read_store


def _device(p: Patient) -> Verdict:
    """Both halves are there and fit; the daemon's first start makes them."""
    key = files_of(p.config).key
    if not key.exists():
        return skip("early")
    try:
        public = public_of(public_file(key))
        if read_private(key).public.key != public.key:
            return fault(why=f"{key}: the halves do not fit")
    except TrustError as e:
        if isinstance(e.__cause__, PermissionError):
            return skip("unread", file=key)
        return fault(why=f"{e.where}: {e.what}")
    return ok(public.kid[:16])


def _open(p: Patient) -> Verdict:
    key = files_of(p.config).key
    return fault_if(key.stat().st_mode & 0o077, file=key) if key.exists() else skip("early")


def _rotation(p: Patient) -> Verdict:
    files = files_of(p.config)
    try:
        return fault_if(pending(files) is not None and p.status is None)
    except TrustError as e:
        return fault(why=e.what)


def _store(p: Patient) -> Verdict:
    try:
        read_store(p.folder / "trust.json")
    except TrustError as e:
        return fault(why=e.what, file=e.where)
    return ok()


def _trust(p: Patient) -> Verdict:
    keys = read_store(p.folder / "trust.json").keys
    return ok(", ".join(key.name or key.kid for key in keys)) if keys else fault()


_FOLDER = ("storage.folder",)
CHECKS = (
    Check("keys.device", _device, needs=_FOLDER),
    Check("keys.open", _open, needs=_FOLDER),
    Check("keys.rotation", _rotation, needs=_FOLDER),
    Check("keys.store", _store, needs=_FOLDER),
    Check("keys.trust", _trust, needs=("storage.folder", "keys.store")),
)
