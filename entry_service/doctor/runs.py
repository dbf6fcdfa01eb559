"""What runs by itself: the watcher of the analytics, destruction, backups."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from entry_service import services as opening
from entry_service.core.retention import Reading
from entry_service.core.times import KST
from entry_service.settings import Settings
from entry_service.upkeep.backups import needed_parts, newest, unreadable
from entry_service.upkeep.public_register import Standing, look
from entry_service.upkeep.restoring import is_begun
from entry_service.usecases.hotspots.run_status import LOCK, run_status
from entry_service.usecases.retention.destroyed_days import watched

from .findings import Finding, failed, ok, warning

BACKUP_EVERY = timedelta(hours=26)  # a day, and the time a backup may take
UNIT = Path("/etc/systemd/system/entry-log-watch.service")
PARTS = {"log": ("출입 기록", "log"), "vault": ("금고", "vault")}


def check_watcher(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look whether the watcher lives, where one ever did."""
    if run_status(settings.results_dir).watching:
        yield ok("watcher", "분석 프로그램이 실행 중입니다.", "The watcher of the analytics runs.")
    elif (settings.results_dir / LOCK).exists():
        yield failed(
            "watcher",
            "분석 프로그램이 멈추었습니다(systemctl status entry-log-watch).",
            "The watcher of the analytics has stopped (systemctl status entry-log-watch).",
        )
    elif UNIT.exists():
        yield warning(
            "watcher",
            "분석 프로그램이 시작된 적이 없습니다(docs/install.md). 쓰지 않으면 유닛 파일을 지우시기 바랍니다.",
            f"The watcher of the analytics was never started (docs/install.md); without it, remove {UNIT}.",
        )
    else:
        yield ok("watcher", "분석 프로그램을 쓰지 않습니다.", "No watcher of the analytics was ever started here.")


def check_purge(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look whether every day that is due is destroyed."""
    services = opening.open_services(settings, reading.wall, writer=False)
    try:
        _, destruction = watched(services, reading)
    finally:
        services.close()
    if settings.demo:
        yield ok("purge", "시연에서는 파기하지 않습니다.", "A demonstration destroys nothing.")
    elif destruction == "current":
        yield ok("purge", "파기할 날이 모두 파기되었습니다.", "Every day that is due is destroyed.")
    elif destruction == "overdue":
        yield failed(
            "purge",
            "파기할 날이 남아 있습니다. 파기 대장(/admin/retention)을 보시기 바랍니다.",
            "A day is kept longer than it may be: see /admin/retention.",
        )
    else:
        yield failed("purge", "금고가 응답하지 않아 알 수 없습니다.", "Not known: the vault does not answer.")


def check_backup(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look how old the newest whole backup of each part is that this user has to back up."""
    yield from _saved(settings, reading, needed_parts(settings))


def check_vault_backup(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look how old the newest whole backup of a vault of its own is, as its user."""
    yield from _saved(settings, reading, ("vault",))


def _saved(settings: Settings, reading: Reading, parts: tuple[str, ...]) -> Iterator[Finding]:
    if is_begun(settings):
        yield failed(
            "backup",
            "백업의 복구가 끝나지 않았습니다. 같은 `backup restore`를 다시 실행하시기 바랍니다.",
            "A restore is not finished: run the same `backup restore` again.",
        )
    if settings.backup_dir is None:
        yield warning(
            "backup",
            "백업할 곳을 정하지 않았습니다(ENTRY_BACKUPS).",
            "No place is set (ENTRY_BACKUPS).",
        )
        return
    if strange := unreadable(settings.backup_dir):
        names = ", ".join(folder.name for folder in strange)
        yield warning("backup", f"읽을 수 없는 백업이 있습니다: {names}", f"Backups that cannot be read: {names}")
    for part in parts:
        ko, en = PARTS[part]
        last = newest(settings.backup_dir, reading.wall, part)
        if last is None:
            yield failed("backup", f"{ko}: 백업이 없습니다.", f"There is no backup of the {en}.")
            continue
        at = f"{last.made_at.astimezone(KST):%Y-%m-%d %H:%M}"
        if reading.wall - last.made_at > BACKUP_EVERY:
            yield failed(
                "backup", f"{ko}: 마지막 백업이 {at}의 것입니다.", f"The last backup of the {en} is of {at}."
            )
        else:
            yield ok("backup", f"{ko}의 마지막 백업: {at}.", f"Last backup of the {en}: {at}.")


def check_register(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look whether the register of what was published is that of the public result."""
    stands = look(settings.public_dir)
    if stands == Standing.NOTHING:
        yield ok("register", "공개한 결과가 없습니다.", "Nothing was published.")
    elif stands == Standing.WHOLE:
        yield ok("register", "게시 이력이 온전합니다.", "The register of what was published is whole.")
    elif stands == Standing.BEHIND:
        yield failed(
            "register",
            "게시 이력이 없거나 공개한 결과보다 오래되었습니다. 더 새로운 백업에서 되돌리시기 바랍니다.",
            "The register is missing, or older than the public result: put a newer copy back from a backup.",
        )
    elif stands == Standing.OTHER:
        yield failed(
            "register",
            "공개한 결과가 이 게시 이력의 것이 아닙니다.",
            "The public result is of another register than the one beside it.",
        )
    else:
        yield failed(
            "register",
            "게시 이력의 줄이 처음 적은 것과 다릅니다.",
            "A line of the register is not the one that was written.",
        )
