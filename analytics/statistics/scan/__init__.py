"""Scan statistics on counts: circles, and circles × runs of intervals; equal to SaTScan's answers."""

from .count_scan import scan
from .iterative import scan_iteratively

__all__ = ["scan", "scan_iteratively"]
