"""Verify the audit, print its public key, go on after a restored backup."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entry_service import clock
from entry_service.settings import Settings, read_settings

from .shared import progress, refuse

if TYPE_CHECKING:
    from entry_service.vault.audit import Audit
    from entry_service.vault.audit_verification import Verification

NOTED = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{8,64})")


@click.group()
def audit() -> None:
    """The audit: who did what with personal data, for what and how much."""


@audit.command()
@click.option(
    "--copy",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the checkpoints. Default: ENTRY_AUDIT_COPY.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Public key that `audit key` printed. Default: from the vault's key folder.",
)
@click.option("--noted", help="Number and hash that were noted earlier, such as 120:0a1b2c3d.")
def verify(copy: Path | None, key: Path | None, noted: str | None) -> None:
    """Walk the whole chain beside its checkpoints; exit 1 and name the first bad row, and why.

    The database is only read: the service may run meanwhile.
    """
    from entry_service.vault.audit_verification import WHY, verify_at

    settings = read_settings()
    _assert_there(settings)
    public_keys = _read(key) if key else _own_keys(settings)
    with progress() as shown:
        task = shown.add_task("접속기록을 검증합니다", total=None)
        found = verify_at(
            settings.vault_address,
            copy or settings.audit_copy_dir,
            public_keys,
            lambda done, total: shown.update(task, completed=done, total=total),
            _noted(noted),
        )
    if not found.ok:
        at = f"{found.first_bad_seq:,}번 기록: " if found.first_bad_seq else ""
        refuse(f"{at}{WHY[found.why]} ({found.why})")
    click.echo(f"접속기록 {found.rows:,}건이 모두 맞습니다.")
    if found.late:
        click.echo(f"사본에 늦게 적힌 기록: {found.late:,}건")
    if found.resumed:
        click.echo(f"백업을 되살려 이어 쓴 횟수: {found.resumed:,}, 그때 잃은 기록: {found.lost:,}건")
    if found.rows:
        click.echo(f"따로 적어 두실 값: {found.rows}:{found.hash[:16]}")


@audit.command()
def key() -> None:
    """Print the public key with which anybody verifies the audit; more than one where a signing key was lost."""
    click.echo("\n".join(key.hex() for key in _own_keys(read_settings())))


@audit.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def resume(yes: bool) -> None:
    """Go on after a restored backup, or with a new second place; what is lost stays visible for ever.

    The service must be stopped where it uses SQLite.
    """
    sentence = "사본에만 있는 기록은 잃은 것으로 표시되고, 되돌릴 수 없습니다. 이어 쓰시겠습니까?"
    if not yes and not click.confirm(sentence):
        refuse("아무것도 바꾸지 않았습니다.")
    found = _with_audit(lambda audit: audit.resume(clock.now()))
    click.echo(f"접속기록 {found.rows:,}건에 이어 씁니다.")
    click.echo(f"잃은 기록: {found.lost:,}건, 사본에 늦게 적힌 기록: {found.late:,}건")


@audit.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def renew(yes: bool) -> None:
    """Make a new signing key in place of one that is lost and not in escrow; old rows stay verifiable.

    The service must be stopped where it uses SQLite.
    """
    sentence = "점검자가 가진 공개키가 바뀝니다. 보관해 둔 열쇠가 정말 없습니까?"
    if not yes and not click.confirm(sentence):
        refuse("아무것도 바꾸지 않았습니다.")
    _with_audit(lambda audit: audit.renew())
    click.echo("서명 열쇠를 새로 만들었습니다. `audit key`의 출력을 점검자에게 전하시기 바랍니다.")


def _with_audit(act: "Callable[[Audit], Verification]") -> "Verification":
    from entry_service.services import open_own_vault

    settings = read_settings()
    _assert_there(settings)
    vault = open_own_vault(settings)
    try:
        return act(vault.audit)
    finally:
        vault.close()


def _assert_there(settings: Settings) -> None:
    from entry_service.vault.vault import vault_is_current

    if not vault_is_current(settings.vault_address):
        refuse("금고의 데이터베이스가 없거나 이전 형식입니다. 금고가 있는 곳에서 실행하시기 바랍니다.")


def _own_keys(settings: Settings) -> list[bytes]:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    from entry_service.vault.audit import KEY, read_old_keys
    from entry_service.vault.keys import key_file

    private = ed25519.Ed25519PrivateKey.from_private_bytes(key_file(settings.vault_key_dir, KEY, may_make=False))
    return [*read_old_keys(settings.vault_key_dir), private.public_key().public_bytes_raw()]


def _read(path: Path) -> list[bytes]:
    lines = path.read_bytes().split()
    if not lines or not all(re.fullmatch(rb"[0-9a-f]{64}", line) for line in lines):
        refuse("공개키 파일을 읽을 수 없습니다. `audit key`가 출력한 그대로 담은 파일이어야 합니다.", exit_code=2)
    return [bytes.fromhex(line.decode()) for line in lines]


def _noted(text: str | None) -> tuple[int, str]:
    if text is None:
        return 0, ""
    read = NOTED.fullmatch(text)
    if read is None:
        refuse("적어 둔 값은 120:0a1b2c3d와 같이 번호와 값의 앞 8자 이상이어야 합니다.", exit_code=2)
    return int(read[1]), read[2]
