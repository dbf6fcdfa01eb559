"""Accounts of everybody who signs in. A password is typed, never an argument."""

import secrets
import sys

import click

from entry_service import clock
from entry_service.core.times import KST
from entry_service.settings import read_settings

from .shared import opened


@click.group()
def account() -> None:
    """Accounts: add, list, reset-factor."""


@account.command()
@click.argument("login")
@click.option("--role", required=True, help="staff, manager, officer, approver, auditor or admin.")
@click.option("--facility", "facility_id", help="Facility of staff and managers.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def add(login: str, role: str, facility_id: str | None, password_stdin: bool) -> None:
    """Add an account; the password is asked for twice."""
    from entry_service.usecases.sites.keep_accounts import OPERATOR, add_account

    settings = read_settings()
    with opened(settings=settings) as services:
        if password_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
        else:
            password = click.prompt("비밀번호", hide_input=True, confirmation_prompt="비밀번호 확인")
        added = add_account(
            services,
            login=login,
            role=role,
            facility_id=facility_id,
            password=password,
            shortest=settings.password_length,
            by=OPERATOR,
            now=clock.now(),
            random=secrets.token_bytes,
        )
    click.echo(
        f"계정을 만들었습니다: {added.login} ({added.role}{f', {facility_id}' if added.facility_id else ''})"
    )


@account.command("list")
def list_() -> None:
    """List accounts: login, role, facility, since when."""
    from entry_service.store.sites import accounts

    with opened(writer=False) as services, services.store.read() as db:
        for one in accounts.all(db):
            since = one.created_at.astimezone(KST).strftime("%Y-%m-%d")
            click.echo("\t".join([one.login, one.role, one.facility_id or "-", since]))


@account.command("reset-factor")
@click.argument("login")
def reset_factor(login: str) -> None:
    """Remove the second factor of an account: its next sign-in sets up another one."""
    from entry_service.core.errors import NotFound
    from entry_service.store.sites import accounts
    from entry_service.usecases.sites import keep_accounts

    with opened() as services:
        with services.store.read() as db:
            known = accounts.by_login(db, login)
        if known is None:
            raise NotFound(what="account")
        operator = keep_accounts.OPERATOR
        keep_accounts.reset_factor(services, known.account_id, code=None, by=operator, now=clock.now())
    click.echo(f"2단계 인증을 초기화했습니다: {login}. 다음 로그인에서 다시 등록합니다.")
