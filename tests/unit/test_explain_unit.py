"""Events of the unit in plain words."""

import pytest

from agent.rules.explain import explain


@pytest.mark.parametrize(
    ("kind", "data", "says"),
    [
        ("warning.given", {"kind": "speeding", "grace_s": 10.0}, "warned of speeding, 10 s before"),
        ("switch.changed", {"switch": "lift", "on": False}, "the bed was lowered"),
        ("unit_tamper.started", {"cause": "case"}, "the unit's case was open"),
        ("unit_tamper.ended", {"cause": "power_cut", "reason": "power_back"}, "over, because power was back"),
        ("sensor_conflict.started", {"what": "cover"}, "contradicted each other"),
        ("sensor_conflict.ended", {"what": "ignition", "reason": "unobserved"}, "said nothing any more"),
        ("unit_tamper.started", {}, "unit_tamper.started"),
    ],
    ids=str,
)
def test_the_first_line(kind, data, says):
    assert says in explain(kind, "s", data, 0)[0]
