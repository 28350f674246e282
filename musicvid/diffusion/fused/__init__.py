"""Denoisers and decoders of diffusers with our kernels in them. Only code that renders imports this; it loads torch."""

from musicvid.diffusion.fused.plug import fuse, fuse_pipeline, kernels_for, unfuse

__all__ = ["fuse", "fuse_pipeline", "kernels_for", "unfuse"]
