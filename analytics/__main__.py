"""python -m analytics: the only place of this package that reads the clock."""

from datetime import UTC, datetime

from .commands import main

if __name__ == "__main__":
    main(obj=datetime.now(UTC), prog_name="python -m analytics")
