"""Which zones and permits are in force, told at each start and change; a refused file is a notice."""

from agent.model import Effect, Emit, Settings


def told(before: Settings | None, settings: Settings) -> list[Effect]:
    """What is other than `before` (None: after a start, when all is told)."""
    known = {} if before is None else before.layers
    changed = [(name, layer) for name, layer in sorted(settings.layers.items()) if known.get(name) != layer]
    return [
        Emit(
            "health",
            "layer.changed",
            f"layer:{name}",
            {"layer": name, "hash": layer.hash, "entries": layer.entries, "refused": layer.refused},
            "notice" if layer.refused else "info",
        )
        for name, layer in changed
    ]
