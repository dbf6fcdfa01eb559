"""Statistics of the hotspot map: functions in, frames out; seed, direction, multiplicity, missing data explicit.

Question, formula, null hypothesis and reading of each one: docs/methods.md.
"""
