"""All checks in a technician's order: the unit, what it senses, what it keeps, whom it tells."""

from agent.doctor.checks import (
    antenna,
    camera,
    cert,
    clock,
    config,
    journal,
    keys,
    layers,
    link,
    model,
    platform,
    power,
    receiver,
    roi,
    storage,
    switch,
    unit,
    updates,
    warning,
)
from agent.doctor.findings import Check

CHECKS: tuple[Check, ...] = (
    *config.CHECKS,
    *unit.CHECKS,
    *power.CHECKS,
    *storage.CHECKS,
    *clock.CHECKS,
    *receiver.CHECKS,
    *antenna.CHECKS,
    *camera.CHECKS,
    *roi.CHECKS,
    *model.CHECKS,
    *switch.CHECKS,
    *warning.CHECKS,
    *journal.CHECKS,
    *link.CHECKS,
    *cert.CHECKS,
    *platform.CHECKS,
    *layers.CHECKS,
    *keys.CHECKS,
    *updates.CHECKS,
)


def selected(only: tuple[str, ...]) -> tuple[Check, ...]:
    """The checks of these groups and codes; all when none are named."""
    return tuple(c for c in CHECKS if not only or c.code in only or c.group in only)


def unknown(only: tuple[str, ...]) -> list[str]:
    """What of `only` is neither a group nor a code."""
    known = {check.code for check in CHECKS} | {check.group for check in CHECKS}
    return [name for name in only if name not in known]
