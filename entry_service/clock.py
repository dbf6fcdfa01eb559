"""The only module that reads the wall clock. Everywhere else ``now`` is an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present as an aware datetime in UTC."""
    return datetime.now(UTC)
