"""Floating population as officers read it: ten grades, three-hour surge, difference from usual, blind spots."""

from .layers import write_layers

__all__ = ["write_layers"]
