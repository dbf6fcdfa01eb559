"""The keys of the vault in both stores, or the vault's own process; and where the copies lie."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from entry_service.core.retention import Reading
from entry_service.settings import Settings
from entry_service.vault import kek, key_stores
from entry_service.vault.checkpoints import SecondPlace
from entry_service.vault.key_ring import KeyRing
from entry_service.vault.remote import RemoteVault

from .findings import Finding, failed, ok, warning


def check(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Open every living key in both stores; a vault in a process of its own is asked whether it answers."""
    if settings.vault_socket:
        vault = RemoteVault(Path(settings.vault_socket))
        try:
            answers = vault.answers()
        finally:
            vault.close()
        if answers:
            yield ok("keys", "금고가 응답합니다.", "The vault answers.")
        else:
            yield failed(
                "keys",
                "금고가 응답하지 않습니다(systemctl status entry-log-vault).",
                "The vault does not answer (systemctl status entry-log-vault).",
            )
        return
    place = settings.vault_key_dir
    ring = KeyRing(kek.open_kek(place, settings.passphrase_file, may_make=False), place, settings.key_copy_dir)
    counts = Counter(one.state for one in key_stores.states(ring))
    wrong = {state: many for state, many in counts.items() if state not in key_stores.WHOLE}
    if wrong:
        told = ", ".join(f"{state} {many}" for state, many in sorted(wrong.items()))
        yield failed(
            "keys",
            f"두 저장소의 열쇠가 다릅니다({told}). `vault keys --repair`로 고치시기 바랍니다.",
            f"The two stores differ ({told}): mend them with `vault keys --repair`.",
        )
    else:
        alive = counts["lives"]
        yield ok("keys", f"열쇠 {alive}개가 두 저장소에서 모두 열립니다.", f"{alive} keys open in both stores.")


def check_audit_place(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look whether the second place of the audit is there; without it no contact is shown to anybody."""
    if settings.vault_socket:
        return
    if SecondPlace(settings.audit_copy_dir).is_marked():
        yield ok("keys", "접속기록의 사본을 두는 곳이 있습니다.", "The second place of the audit is there.")
    else:
        yield failed(
            "keys",
            "접속기록의 사본을 두는 곳이 없습니다(ENTRY_AUDIT_COPY). 연결하시기 바랍니다.",
            "The second place of the audit is away (ENTRY_AUDIT_COPY): connect it.",
        )


def check_places(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look whether copies lie on disks of their own, and whether this is a demonstration."""
    if settings.demo:
        yield warning("settings", "시연 설정입니다(ENTRY_DEMO=1).", "This is a demonstration (ENTRY_DEMO=1).")
    if settings.vault_socket:
        return
    named = {"ENTRY_KEY_COPY": settings.key_copy_dir, "ENTRY_AUDIT_COPY": settings.audit_copy_dir}
    for name, copy in named.items():
        if copy.exists() and copy.stat().st_dev == settings.vault_key_dir.stat().st_dev:
            yield warning(
                "settings",
                f"{name}의 사본이 같은 디스크에 있습니다. 다른 디스크에 두시기 바랍니다.",
                f"The copy of {name} lies on the same disk: put it on another.",
            )
        elif copy.exists():
            yield ok("settings", f"{name}은 다른 디스크에 있습니다.", f"{name} is on a disk of its own.")
