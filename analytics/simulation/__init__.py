"""Simulated towns: planted outbreaks that must be found, and equal risk that must leave the map quiet."""
