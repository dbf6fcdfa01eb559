"""The pages of a facility's manager."""
