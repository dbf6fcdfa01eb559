"""The clock: whether it is believed, in which time zone the machine is, and whether a time server sets it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from entry_service import services as opening
from entry_service.core.retention import Reading
from entry_service.core.times import KST
from entry_service.settings import Settings
from entry_service.usecases.retention.trusted_clock import peek

from .findings import Finding, failed, ok, warning

SECONDS = 10


def check_zone(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look at the time zone of this machine."""
    offset = reading.wall.astimezone().utcoffset() or timedelta()
    if offset == timedelta(hours=9):
        yield ok("clock", "시간대는 한국 시간입니다.", "The time zone is that of Korea.")
        return
    hours = offset / timedelta(hours=1)
    yield warning(
        "clock",
        f"시간대가 UTC{hours:+g}입니다. 한국 시간으로 바꾸시기 바랍니다(timedatectl set-timezone Asia/Seoul).",
        f"The time zone is UTC{hours:+g} and not that of Korea (timedatectl set-timezone Asia/Seoul).",
    )


def check_time_server(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look whether a time server sets the clock."""
    tool = shutil.which("timedatectl")
    command = [tool or "timedatectl", "show", "--property=NTPSynchronized", "--value"]
    told = ""
    if tool:
        with suppress(subprocess.TimeoutExpired):  # it does not answer: that is what is told below
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
            told = done.stdout.strip()
    if told == "yes":
        yield ok("clock", "시각 서버와 맞추어져 있습니다.", "The clock is set by a time server.")
    elif told == "no":
        yield failed(
            "clock",
            "시각 서버와 맞추어지지 않습니다. chrony나 systemd-timesyncd를 켜시기 바랍니다.",
            "No time server sets the clock: start chrony or systemd-timesyncd.",
        )
    else:
        yield warning(
            "clock",
            "시각 서버와 맞추어지는지 알 수 없습니다(timedatectl이 답하지 않음).",
            "It is not known whether a time server sets the clock (timedatectl does not answer).",
        )


def check_jumps(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look whether the clock is believed."""
    services = opening.open_services(settings, reading.wall, writer=False)
    try:
        belief = peek(services, reading)
    finally:
        services.close()
    told = f"{belief.wall.astimezone(KST):%Y-%m-%d %H:%M}", f"{belief.floor.astimezone(KST):%Y-%m-%d %H:%M}"
    if belief.clock == "believed":
        yield ok("clock", f"시각을 믿을 수 있습니다({told[0]}).", f"The clock is believed ({told[0]} KST).")
    elif belief.clock == "behind":
        yield failed(
            "clock",
            f"시각 {told[0]}이 이미 지난 {told[1]}보다 늦습니다. 시각을 맞추시기 바랍니다.",
            f"The clock says {told[0]} although {told[1]} has passed already: set it.",
        )
    else:
        yield failed(
            "clock",
            f"시각이 {told[1]}에서 {told[0]}으로 앞서갔습니다. 맞으면 파기 대장에서 확인하시기 바랍니다.",
            f"The clock went from {told[1]} to {told[0]}. If that is right, confirm it (/admin/retention).",
        )
