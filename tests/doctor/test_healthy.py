"""A healthy unit gives no finding, with its daemon and without."""

import pytest

from agent.doctor.examination import examine
from agent.doctor.probes.machine import Machine
from agent.doctor.registry import CHECKS
from tests.doctor.unit import bad

pytestmark = [pytest.mark.hil, pytest.mark.timeout(300)]


def test_with_its_daemon_nothing_is_found(running):
    found = list(examine(running.write(), (), Machine(running.machine)))
    assert [f for f in found if f.bad] == []
    assert {f.code for f in found} == {check.code for check in CHECKS}


def test_a_variant_of_it_is_as_healthy(variant, found):
    assert found() == {}


def test_without_its_daemon_only_that_is_found(stopped):
    assert set(bad(stopped.write(), stopped.machine)) == {"unit.daemon"}
