"""The two coordinate systems that the analytics itself uses."""

METRES = "EPSG:5179"
"""Korea 2000 / Unified CS: where areas and distances are measured, and the national grid lies."""
DEGREES = "EPSG:4326"
