"""Finding the speed of a module that is to be configured."""

from pathlib import Path

import pytest

from drivers.clock import SystemClock
from drivers.errors import DeviceLost
from drivers.gnss.configure.session import Session
from drivers.gnss.dialogue.identification import Candidate
from drivers.gnss.source.port import Port
from drivers.profiles import gnss_profile
from drivers.sim.receiver import SimReceiver


def test_lines_of_text_are_no_receiver(tmp_path: Path) -> None:
    """At a wrong speed some come by accident."""
    link, candidate = tmp_path / "gnss", Candidate.of("m9", gnss_profile("ublox-neo-m9n"))
    line = SimReceiver.replay(link, [b"x\r\nyz\r\nx\r\n"] * 40, 5.0).start()
    try:
        with Port.open(str(link), 38400) as port, pytest.raises(DeviceLost, match="no answer at any speed"):
            Session(str(link), port, SystemClock(0)).find([candidate], (38400,))
    finally:
        line.stop()
