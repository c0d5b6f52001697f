"""What an agent needs to work on a simulated truck: its configuration, zones and permits as files."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from agent.layers.gather import Gathered
from agent.scenarios.documents import FLEET, VEHICLE, permits_document, zones_document
from agent.scenarios.score import config_of, least_of
from agent.scenarios.senses import CAMERA
from agent.settings import rule_settings
from drivers.clock import SystemClock
from drivers.sim.scenario.rig import Rig
from drivers.sim.scenario.truth import truth


def write_files(rig: Rig) -> Path:
    """Write them into the rig's folder; returns the configuration's path."""
    zones, permits = rig.folder / "zones.geojson", rig.folder / "permits.json"
    zones.write_text(json.dumps(zones_document(rig.world), indent=1))
    document = permits_document(rig.world)
    if document is not None:
        permits.write_text(json.dumps(document, indent=1, ensure_ascii=False))
    config = rig.folder / "agent.toml"
    tables = _tables(rig, zones, permits if document is not None else None)
    config.write_text("\n".join(_lines(tables)) + "\n")
    facts = truth(
        rig.world, least_of(rule_settings(config_of(rig.world.scenario), SystemClock(0), Gathered()))
    )
    facts_file(rig).write_bytes(msgspec.json.Encoder().encode_lines(facts))
    return config


def facts_file(rig: Rig) -> Path:
    """What the agent is to tell, a JSON line each."""
    return rig.folder / "facts.jsonl"


def _tables(rig: Rig, zones: Path, permits: Path | None) -> dict[str, Any]:
    scenario, folder = rig.world.scenario, rig.folder
    tables: dict[str, Any] = {
        "unit": {"fleet": FLEET, "vehicle": VEHICLE},
        "gnss": {"source": str(folder / "gnss"), "profile": scenario.receiver.profile or "generic-nmea"},
        "zones": {"file": str(zones)},
        "permits": {} if permits is None else {"file": str(permits)},
        "journal": {"path": str(folder / "state" / "journal.db")},
        "status": {"socket": str(folder / "agent.sock")},
    }
    for name, values in scenario.agent.items():
        tables[name] = {**tables.get(name, {}), **values}
    camera = {"name": CAMERA, "role": "body", "source": rig.camera.url, "roi": [list(p) for p in rig.roi]}
    tables["cameras"] = [camera]
    tables["switches"] = [{"role": role, "source": f"value:{file}"} for role, file in rig.switches.items()]
    tables["sinks"] = [{"name": sink, "url": url, "unmetered": ["lo"]} for sink, url in rig.urls.items()]
    return tables


def _lines(tables: Mapping[str, Any]) -> Iterator[str]:
    """TOML of tables and of lists of tables."""
    for name, table in tables.items():
        for one in table if isinstance(table, list) else [table]:
            yield f"[[{name}]]" if isinstance(table, list) else f"[{name}]"
            nested = {key: value for key, value in one.items() if isinstance(value, dict)}
            yield from (f"{key} = {json.dumps(value)}" for key, value in one.items() if key not in nested)
            yield ""
            yield from _lines({f"{name}.{key}": value for key, value in nested.items()})
