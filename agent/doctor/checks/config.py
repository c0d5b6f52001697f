"""The configuration and the files that it names."""

from collections.abc import Iterator
from pathlib import Path

from agent.charges_file import load_charges
from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient
from agent.errors import ConfigError
from agent.remote.live import document_digest, read_document
from drivers.errors import ProfileError
from drivers.profiles import camera_profile, gnss_profile

_OTHERS = 0o007


def _file(p: Patient) -> Verdict:  # a wrong one ends the examination before it begins
    return ok(str(p.path))


def _profiles(p: Patient) -> Verdict:
    try:
        gnss_profile(p.config.gnss.profile)
        for camera in p.config.cameras:
            camera_profile(camera.profile)
    except ProfileError as e:
        return fault(why=f"{e.where}: {e.what}")
    return ok()


def _secrets(p: Patient) -> Iterator[Path]:
    """The files that hold names and passwords."""
    files = [camera.password_file for camera in p.config.cameras]
    files += [file for sink in p.config.sinks for file in (sink.username_file, sink.password_file)]
    yield from (file for file in files if file is not None)


def _readable(p: Patient) -> Verdict:
    for file in _secrets(p):
        try:
            file.read_text()
        except (OSError, UnicodeDecodeError) as e:
            return fault(file=file, why=getattr(e, "strerror", None) or "not text")
    return ok()


def _open(p: Patient) -> Verdict:
    keys = [sink.key_file for sink in p.config.sinks if sink.key_file]
    there = [file for file in (*_secrets(p), *keys) if file.exists()]
    bare = [file for file in there if file.stat().st_mode & _OTHERS]
    return fault_if(bare, file=bare[0] if bare else "")


def _charges(p: Patient) -> Verdict:
    try:
        load_charges(p.config.haulage.table)
    except ConfigError as e:
        return fault(why=e.what, file=p.config.haulage.table)
    return ok()


def _applied(p: Patient) -> Verdict:
    """Whether the daemon runs by what stands in the file now."""
    running = p.word().of("config")
    if not running:
        return skip("stopped")
    if Path(running["file"]).resolve() != p.path.resolve():
        return skip("none")
    return fault_if(document_digest(read_document(p.path)) != running["hash"])


CHECKS = (
    Check("config.file", _file),
    Check("config.profiles", _profiles),
    Check("config.secrets", _readable),
    Check("config.open", _open),
    Check("config.charges", _charges),
    Check("config.applied", _applied),
)
