"""The only module that reads a clock. Everywhere else ``now`` is an argument."""

import secrets
import time
from datetime import UTC, datetime
from pathlib import Path

from entry_service.core.retention import Reading

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PROCESS = f"process-{secrets.token_hex(16)}"  # where the system does not name its runs, each process is one


def now() -> datetime:
    """Return the present as an aware datetime in UTC."""
    return datetime.now(UTC)


def reading(wall: datetime | None = None) -> Reading:
    """Return the wall time with the run of this machine and its seconds, which nobody sets; sleep counts too."""
    return Reading(wall=wall or now(), boot_id=_boot_id(), boot_seconds=_boot_seconds())


def _boot_id() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return _PROCESS


def _boot_seconds() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
