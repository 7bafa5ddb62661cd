"""What the selftests share: a scratch project whose tests are written by the selftest itself."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A busy machine is not a defect of what is tested: nothing here is judged by how long it took.
settings.register_profile("golive", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("golive")

pytest_plugins = ("pytester", "selftests.project")
