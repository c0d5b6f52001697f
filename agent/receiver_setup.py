"""What the receiver worker takes from the configuration and the receiver's profile."""

from agent.config import ClockConfig, Gnss
from drivers.gnss.receiver import ReceiverSetup
from drivers.profiles import gnss_profile


def receiver_setup(gnss: Gnss, clock: ClockConfig) -> ReceiverSetup:
    """The setup of a configured receiver; raises ProfileError."""
    profile = gnss_profile(gnss.profile)
    return ReceiverSetup(
        source=gnss.source,
        baud=gnss.baud or profile.baud,
        silent_s=gnss.silent_s,
        profile_name=gnss.profile,
        profile=profile,
        control=gnss.control,
        not_before=clock.not_before,
    )
