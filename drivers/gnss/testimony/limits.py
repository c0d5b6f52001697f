"""When a receiver's word is doubted: every threshold, with its unit in the name and where it is from."""

from typing import Annotated

import msgspec
from msgspec import Meta

Positive = Annotated[float, Meta(gt=0, le=1e6)]
Window = Annotated[float, Meta(gt=0, le=600)]  # what is looked back on lies in memory
Count = Annotated[int, Meta(ge=1, le=100)]
Share = Annotated[float, Meta(gt=0, le=1)]
SECOND = 1_000_000_000


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[gnss.health]`. Where no source is named, a number is ours: chosen so that no recording is accused.

    `over_s`: a suspicion ends when its cause was not seen for so long. `settle_s`: positions of the first
    seconds after a fix is found may be far off (a cold start converges) and prove nothing.

    Antenna. `antenna_blank_s`: no signal at all for so long is concluded to be an open antenna; long, as a
    garage looks the same.

    Jamming. A jammer raises the noise of all satellites alike, a roof or a wall hides them one by one
    (Tong et al., "Lone Sentinel", GPS World 7/2011). `jam_drop_db` within `jam_within_s` in the mean of every
    constellation, with a standard deviation within them of at most `jam_spread_share` of the drop, seen on
    most of the satellites and at least `jam_satellites` of them, for `jam_after_s`; of those before at most
    `jam_hidden_share` may be gone which so small a fall leaves audible. A cut cable of a module
    that does not say so looks the same. Where everything is drowned at a moving truck, it may be a tunnel.
    In 29 recordings of sound receivers the mean wanders by at most 3.3 dB from list to list.

    Spoofing. `max_speed_mps`: 60 m/s (216 km/h), twice what a truck can do. `jump_m`: positions between high
    buildings are off by up to a few hundred metres. `agree_fixes`: so many fixes must agree on a new place; a
    single odd one is a flaw. `believe_s`: a place, a height or a time that holds for so long is believed.
    `time_step_s`: more than the 18 leap seconds which a receiver may learn of at once after a cold start.
    `altitude_jump_m`: over `jump_m`'s errors in the vertical; `climb_mps`: 18 % at 100 km/h.
    `mismatch_m` in `mismatch_window_s`: the way is longer than the speed allows, for `mismatch_s`.
    `same_cn0_db`: standard deviation over at least `same_cn0_satellites` for `same_cn0_s`; in the recordings
    it is at least 1.9 dB, mostly 4-8, as elevation and antenna pattern differ; one transmitter is alike.

    Speed zero. `speed_zero_m`: so far steadily on within `speed_zero_window_s` without a speed; drift of a
    standing receiver is shorter and turns.

    Frozen. `frozen_s`: time stands still, or a place at speed, or place and all C/N0 (at least
    `frozen_satellites`) unchanged. A standing receiver may rightly repeat its place (static hold), but its
    C/N0 never rests for a minute.

    Hidden switch. All signals gone within `switch_within_s` after `switch_cn0_dbhz` (the mean of the best
    four; GNSS antennas under an open sky give 40-50 dB-Hz, "typical range 10-50" in Android's
    GnssMeasurement) for `switch_after_s`: 5 km of tunnel at 60 km/h; or for `switch_standing_s` where the
    truck stood, since no tunnel comes to a standing truck.

    The line. `slow_share` of the profile's rate for `slow_s`; `checksum_share` of sentences over ten
    seconds, at least `checksum_errors` of them, for `checksum_s`: a sound line has less than one in 10,000.
    """

    over_s: Positive = 60.0
    settle_s: Annotated[float, Meta(ge=0, le=1e6)] = 10.0
    antenna_blank_s: Positive = 900.0
    jam_drop_db: Positive = 8.0
    jam_within_s: Annotated[float, Meta(gt=0, le=60)] = 10.0
    jam_spread_share: Share = 0.25
    jam_satellites: Count = 5
    jam_hidden_share: Share = 0.15
    jam_after_s: Annotated[float, Meta(ge=0, le=1e6)] = 10.0
    max_speed_mps: Positive = 60.0
    jump_m: Positive = 500.0
    agree_fixes: Count = 3
    believe_s: Positive = 1800.0
    time_step_s: Positive = 20.0
    altitude_jump_m: Positive = 300.0
    climb_mps: Positive = 5.0
    mismatch_m: Positive = 150.0
    mismatch_window_s: Window = 10.0
    mismatch_s: Annotated[float, Meta(ge=0, le=1e6)] = 15.0
    same_cn0_db: Positive = 1.0
    same_cn0_satellites: Count = 8
    same_cn0_s: Positive = 30.0
    speed_zero_m: Positive = 200.0
    speed_zero_window_s: Window = 60.0
    frozen_s: Window = 60.0
    frozen_satellites: Count = 6
    switch_cn0_dbhz: Positive = 38.0
    switch_within_s: Positive = 2.5
    switch_after_s: Positive = 300.0
    switch_standing_s: Positive = 60.0
    slow_share: Share = 0.7
    slow_s: Positive = 30.0
    checksum_share: Share = 0.05
    checksum_errors: Count = 5
    checksum_s: Positive = 10.0


def seconds(of: float) -> int:
    """Seconds as nanoseconds."""
    return round(of * SECOND)
