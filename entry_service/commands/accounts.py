"""Accounts of staff, managers, officers and administrators. A password is typed, never an argument."""

import secrets
import sys

import click

from entry_service import clock
from entry_service.core.times import KST
from entry_service.settings import read_settings

from .shared import opened


@click.group()
def account() -> None:
    """Accounts: add, list."""


@account.command()
@click.argument("login")
@click.option("--role", required=True, help="staff, manager, officer or admin.")
@click.option("--facility", "facility_id", help="Facility of staff and managers.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def add(login: str, role: str, facility_id: str | None, password_stdin: bool) -> None:
    """Add an account; the password is asked for twice."""
    from entry_service.usecases.roll_out import add_account

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
            now=clock.now(),
            random=secrets.token_bytes,
        )
    click.echo(
        f"계정을 만들었습니다: {added.login} ({added.role}{f', {facility_id}' if added.facility_id else ''})"
    )


@account.command("list")
def list_() -> None:
    """List accounts: login, role, facility, since when."""
    from entry_service.store import accounts

    with opened(writer=False) as services, services.store.read() as db:
        for one in accounts.all(db):
            since = one.created_at.astimezone(KST).strftime("%Y-%m-%d")
            click.echo("\t".join([one.login, one.role, one.facility_id or "-", since]))
