"""What the selftests share: a scratch project whose tests are written by the selftest itself."""

from __future__ import annotations

pytest_plugins = ("pytester", "selftests.project")
