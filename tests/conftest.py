"""What holds for all tests: examples may take as long as a busy machine makes them take."""

from hypothesis import HealthCheck, settings

from tests.samples import FULL

for name, examples in (("haulwatch", FULL * 3 // 10), ("full", FULL)):  # `full`: make proof
    settings.register_profile(
        name, max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
settings.load_profile("haulwatch")
