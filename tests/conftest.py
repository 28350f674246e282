"""For all tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no reason to fail: laws are about results, not about seconds.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
