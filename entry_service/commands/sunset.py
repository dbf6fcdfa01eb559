"""The end of collection: its plan, the decision of two people, where it stands, and the proof."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from entry_service import clock
from entry_service.core.actors import Actor
from entry_service.core.times import KST

from .purge import OPERATOR
from .shared import opened, refuse

if TYPE_CHECKING:
    from entry_service.services import Services

WORDS = {"end": "등록 종료", "cancel": "종료 취소", "destroy_now": "즉시 파기"}
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def sunset() -> None:
    """End collection: plan, start, status, proof, verify."""


@sunset.command()
def plan() -> None:
    """Say what would end when, if collection ended now; change nothing."""
    from entry_service.core.sunset import NOTICE
    from entry_service.usecases.retention.sunset import planned_end

    with opened(writer=False) as services:
        planned = planned_end(services, clock.now() + NOTICE)
    click.echo(f"지금 결정하면 등록은 {planned.ends_at.astimezone(KST):%Y-%m-%d %H:%M}에 끝납니다.")
    click.echo(f"보관하는 날 {planned.days_held}일의 열쇠는 평소처럼 하루씩 파기합니다.")
    click.echo(
        f"마지막으로 등록하는 날은 {planned.last_day}이고, 마지막 파기는 {planned.last_destroyed_on}입니다."
    )
    click.echo("그때까지 방문자의 조회와 삭제 요청은 계속 받습니다. 아무것도 바꾸지 않았습니다.")


@sunset.command()
@click.option("--login", required=True, help="Administrator or approver who decides; the code is asked for.")
@click.option("--cancel", "what", flag_value="cancel", help="Take the end back, while that is possible.")
@click.option("--destroy-now", "what", flag_value="destroy_now", help="Let all keys go at once: cannot be undone.")
@click.option("--end", "what", flag_value="end", default=True, help="End collection.  [default]")
def start(login: str, what: str) -> None:
    """Ask for a decision, or confirm what another person asked for in the last 24 hours."""
    from entry_service.usecases.retention import sunset as ending

    with opened() as services:
        actor = _actor(services, login)
        asked = [one for one in services.vault.sunset.waiting(clock.now()) if one.what == what]
        wish = next((one for one in asked if one.asked_by != actor.account_id), None)
        if what == "destroy_now":
            if wish is not None:
                click.echo(
                    f"{_login(services, wish.asked_by)}, {wish.asked_at.astimezone(KST):%Y-%m-%d %H:%M} 요청"
                )
            click.confirm("남은 열쇠와 기록을 모두 파기하며 되돌릴 수 없습니다. 계속하시겠습니까?", abort=True)
        code = click.prompt("인증 코드", hide_input=True)
        if wish is None:
            ending.ask(services, what, actor=actor, code=code, now=clock.now())
            click.echo(f"{WORDS[what]}을(를) 요청했습니다. 24시간 안에 다른 담당자가 확인해야 합니다.")
            return
        ending.confirm(services, wish.request_hash, actor=actor, code=code, now=clock.now())
        held = ending.status(services, clock.now()).ending
    when = f" {held.ends_at.astimezone(KST):%Y-%m-%d %H:%M}부터 등록을 받지 않습니다." if held else ""
    click.echo(f"{WORDS[what]}을(를) 결정했습니다.{when}")


@sunset.command()
@click.option("--login", required=True, help="Account that asked.")
def withdraw(login: str) -> None:
    """Take back what this account asked for and nobody has confirmed."""
    from entry_service.usecases.retention import sunset as ending

    with opened() as services:
        actor = _actor(services, login)
        own = [one for one in services.vault.sunset.waiting(clock.now()) if one.asked_by == actor.account_id]
        for wish in own:
            ending.withdraw(services, wish.request_hash, actor=actor, now=clock.now())
            click.echo(f"{WORDS[wish.what]} 요청을 철회했습니다.")
    if not own:
        refuse("철회할 요청이 없습니다.")


@sunset.command("status")
def show_status() -> None:
    """Say what was decided, what waits, and what is left to destroy."""
    from entry_service.usecases.retention import sunset as ending

    with opened() as services:
        found = ending.status(services, clock.now())
    if found.ending is None:
        click.echo("운영 중입니다. 종료를 결정하지 않았습니다.")
    else:
        click.echo(f"등록 종료: {found.ending.ends_at.astimezone(KST):%Y-%m-%d %H:%M}")
        click.echo(f"마지막 파기 예정일: {found.plan.last_destroyed_on}")
        click.echo("종료 확인서: " + ("발급했습니다." if found.proved else "아직 발급하지 않았습니다."))
    if found.missing:
        click.echo(
            f"감사 기록에는 이 결정이 없습니다: {WORDS[found.missing]}. 두 담당자가 다시 결정하시기 바랍니다."
        )
    for wish in found.waiting:
        click.echo(f"확인을 기다림: {WORDS[wish.what]} ({wish.asked_at.astimezone(KST):%Y-%m-%d %H:%M} 요청)")
    table = Table("남은 것", "건")
    for name, many in found.left.items():
        table.add_row(name, f"{many:,}")
    Console().print(table)


@sunset.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("sunset-proof.json"))
def proof(out: Path) -> None:
    """Write the signed proof that nothing is left, and the public key beside it."""
    from entry_service.usecases.retention.receipts import public_key_pem
    from entry_service.usecases.retention.sunset import prove

    with opened() as services:
        file = prove(services, actor=OPERATOR, now=clock.now())
        pem = public_key_pem(services)
    out.write_bytes(file)
    out.with_suffix(".pem").write_text(pem)
    _tell(json.loads(file)["receipt"])
    click.echo(f"종료 확인서: {out}, 공개키: {out.with_suffix('.pem')}")


@sunset.command()
@click.argument("file", type=FILE)
@click.argument("receipts", nargs=-1, type=FILE)
@click.option("--key", "key_file", required=True, type=FILE, help="Public key, handed out before.")
def verify(file: Path, receipts: tuple[Path, ...], key_file: Path) -> None:
    """Verify a proof with the public key alone, and that it names these receipts of days."""
    from entry_service.core.receipts import canonical, read_public_pem
    from entry_service.core.receipts import verify as verified
    from entry_service.core.sunset import check_proof

    public = read_public_pem(key_file.read_bytes())
    body = verified(file.read_bytes(), public)
    given = [verified(one.read_bytes(), public) for one in receipts]
    whole = [one for one in given if one.get("kind") == "service"]
    check_proof(body, whole, [canonical(one) for one in whole])
    _tell(body)
    click.echo(f"맞습니다. 파기 확인서 {len(whole)}개도 확인했습니다.")


def _tell(body: dict) -> None:
    click.echo(f"{body['authority']}: {body['ended_at']} 등록 종료, {body['issued_at']} 확인")
    click.echo(f"파기한 날 {len(body['days'])}일, 연락처 {body['contacts']:,}건, 출입 기록 {body['scans']:,}건")
    left = sum(body["rows"].values()), sum(body["keys"].values()), body["folders"]
    click.echo("남은 기록 {:,}건, 남은 열쇠 {:,}개, 남은 폴더 {:,}개".format(*left))
    chain = "이상 없음" if body["audit"]["ok"] else "이상 있음"
    click.echo(f"감사 기록 {body['audit']['rows']:,}행, {chain}")
    for one in body["paper"]:
        click.echo(f"파쇄를 확인하지 않은 수기 명부: {one['facility']} {one['days']}일 {one['slips']:,}장")
    click.echo(body["limits"])


def _login(services: "Services", account_id: str) -> str:
    from entry_service.store.sites import accounts

    with services.store.read() as db:
        account = accounts.by_id(db, account_id)
    return account.login if account else account_id


def _actor(services: "Services", login: str) -> Actor:
    from entry_service.store.sites import accounts

    with services.store.read() as db:
        account = accounts.by_login(db, login)
    if account is None or account.role not in ("admin", "approver"):
        refuse(f"운영 담당자나 승인 담당자 계정이 아닙니다: {login}", 2)
    return Actor(account_id=account.account_id, role=account.role)
