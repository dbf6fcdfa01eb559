"""Free space, and for how many days it lasts if it shrinks on as it did: one figure a day is kept for that."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

from entry_service.core.retention import Reading
from entry_service.core.times import kst_day
from entry_service.settings import Settings
from entry_service.store.database import reserve

from .findings import Finding, failed, ok, warning

GB = 1e9
LEAST_SHARE, LEAST_GB = 0.05, 1.0  # below both of these nothing may be put off
ENOUGH_DAYS = 30
HISTORY = "disk-free.json"
LOOKED_BACK = timedelta(days=14)


def check(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look at the disk of ``var`` and, where they lie elsewhere, at those of the key store and the backups."""
    today = kst_day(reading.wall)
    usage = shutil.disk_usage(settings.var)
    history = _kept(settings.var / HISTORY, today, usage.free)
    left = days_left(history)
    yield _finding("var", usage.free, usage.total, left)
    if settings.reserve_mb:
        yield _reserve(settings)
    places = {"ENTRY_KEY_COPY": settings.key_copy_dir, "ENTRY_BACKUPS": settings.backup_dir}
    for name, place in places.items():
        if place and place.is_dir() and place.stat().st_dev != settings.var.stat().st_dev:
            usage = shutil.disk_usage(place)
            yield _finding(name, usage.free, usage.total, None)


def days_left(history: dict[date, int]) -> float | None:
    """Return for how many days the space lasts at the pace of the days kept; None where that is not known.

    Parameters
    ----------
    history : dict
        Free bytes by Korean day; the last is today's. A disk that gains space lasts for ever (``inf``).
    """
    days = sorted(history)
    if len(days) < 2:
        return None
    lost = (history[days[0]] - history[days[-1]]) / (days[-1] - days[0]).days
    return history[days[-1]] / lost if lost > 0 else float("inf")


def _reserve(settings: Settings) -> Finding:
    missing = set(reserve.SHARES) - reserve.held(settings.var).keys()
    if missing:
        ko = "디스크가 가득 찰 때 쓸 예비 공간이 없습니다. 공간을 늘리면 서비스가 다시 마련합니다."
        return warning("disk", ko, "no reserve for a full disk: make room, and the service takes it again.")
    kept = sum(reserve.held(settings.var).values()) // reserve.MEGABYTE
    return ok("disk", f"가득 찰 때 쓸 예비 공간 {kept} MB.", f"reserve for a full disk: {kept} MB.")


def _finding(name: str, free: int, total: int, left: float | None) -> Finding:
    known = left is not None and left != float("inf")
    lasting = (f", 지금 속도로 {left:.0f}일", f", {left:.0f} days at the present pace") if known else ("", "")
    ko = f"{name} 디스크의 빈 공간 {free / GB:.1f} GB({free / total:.0%}){lasting[0]}"
    en = f"{name}: {free / GB:.1f} GB free ({free / total:.0%}){lasting[1]}"
    if free / total < LEAST_SHARE and free / GB < LEAST_GB * 10 or free / GB < LEAST_GB:
        return failed("disk", f"{ko}. 공간을 늘리시기 바랍니다.", f"{en}: make room.")
    if known and left < ENOUGH_DAYS:
        return warning("disk", f"{ko}. 곧 모자랍니다.", f"{en}: it will soon be full.")
    return ok("disk", f"{ko}.", f"{en}.")


def _kept(file: Path, today: date, free: int) -> dict[date, int]:
    """Return the free bytes of the last days with today's, and keep them where that is possible."""
    known: dict[date, int] = {}
    with suppress(OSError, ValueError):  # the first look, or a file that was cut off: known again in two days
        known = {date.fromisoformat(day): int(bytes) for day, bytes in json.loads(file.read_text()).items()}
    known = {day: bytes for day, bytes in known.items() if today - LOOKED_BACK <= day < today} | {today: free}
    with suppress(OSError):  # a full disk is what is to be told, not a reason to tell nothing
        draft = file.with_name(f".{file.name}.new")
        draft.write_text(json.dumps({str(day): bytes for day, bytes in known.items()}))
        draft.chmod(0o600)
        os.replace(draft, file)
    return known
