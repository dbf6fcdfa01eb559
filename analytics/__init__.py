"""Infection-control hotspots from an entry log or published routes, held against floating population."""

from .kernel_cache import keep_kernels

keep_kernels()  # before any module imports numba
