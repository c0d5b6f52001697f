"""What the rules, the vision process and the workers take from the configuration."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from agent.charges_file import load_charges
from agent.config import Camera, Config, Load
from agent.errors import ConfigError
from agent.layers.gather import Gathered, gather
from agent.model import PerState, Settings, Smoothing
from agent.pictures.clearing import Keeping
from agent.pictures.plan import Days
from agent.rule_layers import Offsets
from agent.rules import RULE_SET
from agent.shifts import offsets, offsets_of, shifts
from agent.vision.wire import Album, CameraSpec, Setup
from drivers.camera.spec import without_secret
from drivers.clock import Clock
from drivers.profiles import camera_profile


def rule_settings(config: Config, clock: Clock, found: Gathered | None = None) -> Settings:
    """The rules' part, stamped now, with the zones and permits in force.

    Unless they are given, their files are read, so it raises ConfigError. The hash is over all that the rules
    see and nothing else.
    """
    evidence = config.evidence
    layers = _layers(config, gather(config) if found is None else found)
    bare = msgspec.structs.replace(
        _settings(config),
        around_s=evidence.around_s,
        before_s=config.pictures.before_s if config.pictures.ring_bytes else 0.0,
        after_s=config.pictures.after_s,
        anchor_s=evidence.anchor_every_s,
        limits=config.haulage.limits(),
        charges=load_charges(config.haulage.table),
        trips=config.trips,
        local_zone=config.duty.zone,
        tamper=config.tamper,
        conflict=config.conflict,
        power=config.power.rules(),
        graces=config.warning.graces(),
        switches=tuple(switch.role for switch in config.switches),
        **layers,
    )
    return _stamped(bare, clock, rule_set())


def _stamped(bare: Settings, clock: Clock, rules: str) -> Settings:
    digest = hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()[:16]
    return msgspec.structs.replace(
        bare, mono_ns=clock.mono_ns(), boot=clock.boot[:8], hash=digest, rules=rules
    )


def rule_set() -> str:
    """The version of the rules and the head of the SHA-256 of their code: who decides is in each event."""
    parts = [resources.files(name) for name in ("agent.rules", "agent.geometry")]
    code = sorted(found for part in parts for found in _sources(part, part.name))
    code.append(("geodesy.py", resources.files("drivers").joinpath("geodesy.py").read_bytes()))
    digest = hashlib.sha256(b"".join(name.encode() + text for name, text in code))
    return f"{RULE_SET}+{digest.hexdigest()[:12]}"


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for found in folder.iterdir():
        if found.is_dir():
            yield from _sources(found, f"{name}/{found.name}")
        elif found.name.endswith(".py"):
            yield f"{name}/{found.name}", found.read_bytes()


def clocks_of(found: Gathered, since: datetime) -> dict[str, Offsets]:
    """The offsets of each time zone that zones and permits name."""
    named = {zone.time_zone for zone in found.zones}
    named |= set() if found.permits is None else {permit.time_zone for permit in found.permits.permits}
    return {name: offsets_of(name, since) for name in sorted(named) if name}


def _layers(config: Config, found: Gathered) -> dict[str, Any]:
    return {
        "zones": found.zones,
        "permits": found.permits,
        "layers": found.layers,
        "clocks": clocks_of(found, config.clock.not_before) | _own_clock(config),
    }


def _own_clock(config: Config) -> dict[str, Offsets]:
    """The offsets of the unit's own time zone; where that is not known here, records have no local hour."""
    try:
        return {config.duty.zone: offsets_of(config.duty.zone, config.clock.not_before)}
    except ValueError:
        return {}


def _settings(config: Config) -> Settings:
    cameras = [c for c in config.cameras if c.on]
    return Settings(
        mono_ns=0,
        boot="",
        hash="",
        body_cameras=tuple(c.name for c in cameras if c.role == "body"),
        cab_cameras=tuple(c.name for c in cameras if c.role == "cab"),
        sinks=tuple(s.name for s in config.sinks),
        zones=(),
        smoothing=smoothing(config.load),
        uncovered_after_s=config.load.uncovered_after_s,
        covered_after_s=config.load.covered_after_s,
        change_after_s=config.load.change_after_s,
        moving_mps=config.motion.moving_mps,
        parked_mps=config.motion.parked_mps,
        parked_after_s=config.motion.parked_after_s,
        grace_m=config.zones.grace_m,
        max_hdop=config.motion.max_hdop,
        stale_reading_s=config.load.stale_reading_s,
        fix_gap_s=config.coverage.fix_gap_s,
        camera_gap_s=config.coverage.camera_gap_s,
        link_gap_s=config.coverage.link_gap_s,
        fps_moving=config.vision.fps_moving,
        fps_parked=config.vision.fps_parked,
        health_every_s=config.coverage.health_every_s,
        max_accuracy_m=config.motion.max_accuracy_m,
        min_satellites=config.motion.min_satellites,
        max_speed_mps=config.gnss.health.max_speed_mps,
        jump_m=config.gnss.health.jump_m,
        agree_fixes=config.gnss.health.agree_fixes,
        over_s=config.gnss.health.over_s,
        frozen_s=config.vision.health.frozen_s,
        camera_limits=msgspec.to_builtins(config.vision.health),
        shifts=shifts(config.duty),
        offsets=offsets(config.duty, config.clock.not_before),
        cab_events=config.privacy.cab_events,
        not_before_ns=round(config.clock.not_before.timestamp()) * 1_000_000_000,
    )


def smoothing(load: Load) -> Smoothing:
    """How readings become a smoothed state; the prior's weights are made to add up to 1."""
    dwell, prior = load.dwell_s, load.prior
    weights = (prior.empty, prior.covered, prior.partly, prior.uncovered)
    return Smoothing(
        smoothing_s=load.smoothing_s,
        looks=load.looks,
        look_s=load.look_s,
        confidence=load.confidence,
        doubt=load.doubt,
        forget_s=load.forget_s,
        keep=load.keep,
        mistaken=load.mistaken,
        dwell_s=PerState(dwell.empty, dwell.covered, dwell.partly, dwell.uncovered),
        prior=PerState(*(round(weight / sum(weights), 6) for weight in weights)),
    )


def vision_setup(config: Config) -> Setup:
    """The vision process's part; reads camera profiles and password files, so it raises their errors."""
    return Setup(
        cameras=tuple(camera_spec(c) for c in config.cameras if c.on),
        model=str(config.vision.model) if config.vision.model else None,
        fps=config.vision.fps_moving,
        album=_album(config),
        health=config.vision.health,
        references=str(config.vision.references),
        teaching=str(config.vision.teaching),
        runtime=config.vision.runtime,
        shadow=str(config.vision.shadow) if config.vision.shadow else None,
        shadow_every=config.vision.shadow_every,
    )


def keeping(config: Config) -> Keeping:
    """How long pictures stay."""
    privacy, pictures = config.privacy, config.pictures
    days = Days(privacy.original_days, privacy.overlay_days, privacy.cab_days, privacy.snapshot_days)
    not_before_ns = round(config.clock.not_before.timestamp()) * 1_000_000_000
    root = pictures_folder(config)
    return Keeping(root, pictures.max_bytes, pictures.min_free_bytes, days, not_before_ns)


def pictures_folder(config: Config) -> Path:
    """Where pictures lie."""
    return config.pictures.folder or config.journal.path.parent / "pictures"


def sheets_folder(config: Config) -> Path:
    """Where the signed sheets of commissioning lie."""
    return config.journal.path.parent / "commission" / "sheets"


_SLACK_S = 5.0  # frames are held longer than until the moment that is asked for


def _album(config: Config) -> Album:
    unit, pictures = config.unit, config.pictures
    name = f"{unit.fleet}/{unit.vehicle}"
    return Album(
        folder=str(pictures_folder(config)),
        vehicle=f"{unit.plate}   {name}" if unit.plate else name,
        quality=pictures.quality,
        min_free_bytes=pictures.min_free_bytes,
        wait_s=pictures.wait_s,
        face_model=str(config.privacy.face_model) if config.privacy.face_model else None,
        ring_s=pictures.before_s + _SLACK_S if pictures.before_s else 0.0,
        ring_bytes=pictures.ring_bytes,
    )


def camera_spec(camera: Camera) -> CameraSpec:
    """One camera with its profile's values and its secret filled in."""
    profile = camera_profile(camera.profile)
    address = camera_address(camera)
    return CameraSpec(
        name=camera.name,
        role=camera.role,
        source=_with_secret(address, camera),
        shown=without_secret(address),
        roi=camera.roi,
        driver=camera.driver,
        silent_s=camera.silent_s,
        open_timeout_s=profile.open_timeout_s,
        read_timeout_s=profile.read_timeout_s,
        transport=profile.transport,
        decode=camera.decode,
        login=profile.login,
        verify=profile.verify,
        size=profile.size,
        fourcc=profile.fourcc,
    )


def camera_address(camera: Camera) -> str:
    """Where a camera is, without its secret; raises ProfileError, and ConfigError when nothing says where."""
    profile = camera_profile(camera.profile)
    if camera.source is not None or camera.host is None:
        return camera.source or ""
    try:
        return profile.address(camera.host, port=camera.port, channel=camera.channel, stream=camera.stream)
    except ValueError as e:
        raise ConfigError(
            f"{e}: {camera.profile}",
            where=f"camera {camera.name}",
            remedy="name another profile, or give source",
        ) from e


def _with_secret(address: str, camera: Camera) -> str:
    if camera.username is None:
        return address
    password = "" if camera.password_file is None else _secret(camera.password_file, camera.name)
    parts = urlsplit(address)
    netloc = f"{quote(camera.username, safe='')}:{quote(password, safe='')}@{parts.netloc}"
    return urlunsplit(parts._replace(netloc=netloc))


def _secret(path: Path, camera: str) -> str:
    try:
        return path.read_text().strip()
    except OSError as e:
        raise ConfigError(
            f"password file {path} cannot be read ({e.strerror})",
            where=f"camera {camera}",
            remedy="correct password_file",
        ) from e
