"""The unit's own key: is it there, does it fit, and can nobody else read it?"""

from collections.abc import Iterator

from agent.config import Config
from agent.doctor.findings import Finding, fail, ok, skip, warn
from agent.errors import TrustError
from agent.evidence.device import pending, public_of
from agent.evidence.setup import files_of
from agent.trust.keys import public_file


def key(config: Config) -> Iterator[Finding]:
    """Looks at the files alone; the private one need not be readable."""
    files = files_of(config)
    try:
        status = files.key.stat()
        public = public_of(public_file(files.key))
        turn = pending(files)
    except FileNotFoundError:
        yield skip("evidence.key", f"{files.key}: there is none yet; the daemon's first start makes it")
        return
    except (TrustError, OSError) as e:
        yield fail(
            "evidence.key", str(e), "restore both halves, or remove both: the next start makes a new key"
        )
        return
    if status.st_mode & 0o077:
        mode = f"{status.st_mode & 0o777:o}"
        yield fail(
            "evidence.key_mode", f"{files.key} has mode {mode}", f"chmod 600 {files.key}; then rotate it"
        )
    if turn is not None:
        what = "a change of key is not on record yet"
        yield warn("evidence.rotation", what, "start the daemon, which records it")
    yield ok("evidence.key", f"the unit signs with {public.kid}")
