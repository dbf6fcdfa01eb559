"""python -m analytics: the only place of this package that reads the clock."""

from datetime import UTC, datetime

from .commands import main


def now() -> datetime:
    """Return the present as an aware datetime in UTC."""
    return datetime.now(UTC)


if __name__ == "__main__":
    main(obj=now, prog_name="python -m analytics")
