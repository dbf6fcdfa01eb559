"""Scan statistics on counts: circles, and circles × runs of days; equal to the reference program's answers."""
