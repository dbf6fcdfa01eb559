"""Upkeep of an installation: backups of the databases, and putting them back."""
