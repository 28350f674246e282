"""Measure a finished film against its plan: sync is proven, not claimed."""

from musicvid.production.verify.film import verify

__all__ = ["verify"]
