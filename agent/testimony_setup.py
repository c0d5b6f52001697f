"""The witness of the configured receiver: thresholds from the configuration, phrases from the profile."""

from agent.config import Gnss
from drivers.gnss.source.address import Recording, parse_source
from drivers.gnss.testimony.line import Phrases
from drivers.gnss.testimony.witness import Testimony
from drivers.gnss_profile import GnssProfile
from drivers.profiles import gnss_profile


def witness_of(gnss: Gnss) -> Testimony | None:
    """A new witness, knowing nothing yet; raises ProfileError.

    None for a recording that is played at another pace than its own: its speeds and times fit no clock.
    """
    source = parse_source(gnss.source)
    if isinstance(source, Recording) and source.rate_hz is not None:
        return None
    profile = gnss_profile(gnss.profile)
    return Testimony(gnss.health, phrases_of(profile), profile.rate_hz)


def phrases_of(profile: GnssProfile) -> Phrases:
    """By what a module of this make speaks of its antenna and of jamming."""
    said, jamming = profile.antenna, profile.jamming
    return Phrases(
        ok=said.ok or "",
        open=said.open or "",
        short=said.short or "",
        jamming=jamming.line if jamming else "",
        jamming_at_least=float(jamming.at_least) if jamming else 1.0,
    )
