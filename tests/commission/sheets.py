"""A sheet without a unit: a run with something of everything, signed by a key of its own."""

from agent.commission.sheet import Facts, page
from agent.commission.signature import MARK, sealed, statement
from agent.commission.state import STEPS, Done, Figure, Measured, Run, Shot
from agent.doctor.findings import Finding
from agent.evidence.pem import fingerprint
from agent.evidence.statement import canonical
from agent.model_evidence import Device
from agent.trust.keys import new_key, text_of
from drivers.readings import Signal

PICTURE = b"\xff\xd8 a picture of the bed \xff\xd9"
NASTY = "</script><script>alert(1)</script><!--signed-->"


def run(sha256):
    steps = {name: Done("ok", "i", "2026-12-01T05:00:00Z", "gnss") for name in STEPS}
    shot = Shot("bed", "view", sha256, len(PICTURE))
    sky = (Signal("beidou", 7, 45, 120, 44), Signal("gps", 3, 10, 300, None), Signal("gps", 4))
    bad = Finding("commission.picture", "warn", "bed", {"why": NASTY})
    steps["sky"] = Done("ok", "i", measured=Measured((Figure("hdop", 0.6),), sky=sky))
    steps["cameras"] = Done(
        "warn", "i", person=True, measured=Measured((Figure("fps", 3.75, "bed"),), (shot,), (), (bad,))
    )
    steps["switches"] = Done("skipped", "i", reason=NASTY)
    return Run("hil/truck-1", "2026-12-01T04:00:00Z", steps)


def signed(key=None, **more):
    """A sheet's bytes, and its key."""
    import hashlib

    key = key or new_key()
    device = Device(key.public.kid, key.public.key)
    facts = Facts(
        **{
            "plate": "沪A·12345", "by": "root", "version": "1", "kid": device.kid,
            "fingerprint": fingerprint(device), "time": "2026-12-01T06:00:00Z", "clock": "gnss",
        } | more
    )  # fmt: skip
    sha256 = hashlib.sha256(PICTURE).hexdigest()
    done = run(sha256)
    text = page(done, facts, {sha256: PICTURE}, MARK)
    said = statement(done, facts, text)
    return sealed(text, device, said, text_of(key.sign_bytes(canonical(said)))), key
