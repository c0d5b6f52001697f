"""A month's bytes of the whole agent: told, kept to, and over on a link that costs nothing."""

import pytest

pytestmark = pytest.mark.hil


def test_near_its_end_a_budget_is_told_and_only_what_matters_goes(simulated):
    truck = simulated
    truck.sink["budget"] = {"month_bytes": 60_000}
    truck.start()
    near = truck.await_message("event", "budget.near", percent=80)
    spent = truck.await_message("event", "budget.spent")
    assert (near["data"]["limit"], spent["subject"]) == (60_000, near["subject"])
    assert near["data"]["bytes"] < spent["data"]["bytes"]
    truck.await_status(lambda s: s["journal"]["sinks"]["city"]["track"]["unsettled"] > 20, "fixes that wait")
    status = truck.status()["sinks"]["city"]
    assert (status["connected"], status["metered"], status["budget"]["level"]) == (True, True, 100)
    assert status["budget"]["bytes"] >= 60_000
    assert truck.terminate() == 0
    before = len([m for m in truck.vehicle().events() if m["type"].startswith("budget.")])
    truck.sink["unmetered"] = ["lo"]
    truck.start()
    truck.await_message("event", "budget.spent")
    truck.await_drained()
    vehicle = truck.vehicle()
    assert vehicle.gaps("track") == []
    assert len([m for m in vehicle.events() if m["type"].startswith("budget.")]) == before
    assert truck.status()["sinks"]["city"]["budget"]["level"] == 100
    assert truck.terminate() == 0
