"""Floating population as officers read it: ten grades, three-hour surge, difference from usual, blind spots."""

from .blind_spots import NO_LOG, blind_spots, open_hours
from .layers import write_layers

__all__ = ["NO_LOG", "blind_spots", "open_hours", "write_layers"]
