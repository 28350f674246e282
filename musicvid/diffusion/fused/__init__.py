"""Denoisers and decoders of diffusers with our kernels in them. Only code that renders imports this; it loads torch."""

from musicvid.diffusion.fused.plug import fuse, kernels_for, unfuse

__all__ = ["fuse", "kernels_for", "unfuse"]
