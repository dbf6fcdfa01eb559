"""A simulated call: what the telephone exchange would report, sent to the running service."""

import json
import os
import secrets
from datetime import datetime
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import click

from entry_service import clock
from entry_service.core.signatures import sign
from entry_service.settings import read_settings, with_secret

from .serve import demo_overrides
from .shared import WRONG, KoreanTime, Refused, refuse

SECONDS = 10


@click.command()
@click.option("--to", "number", required=True, help="Number at the door of the facility, such as 080-039-0001.")
@click.option("--from", "caller", default="", help="Number of the visitor; without it the number is withheld.")
@click.option("--at", type=KoreanTime(), help="When the call was made.  [default: now]")
@click.option("--id", "call_id", help="Id of the call; the same id again is the same call.  [default: drawn]")
@click.option("--service", help="Address of the running service.  [default: ENTRY_ORIGIN]")
@click.option("--demo", is_flag=True, help="Call the demo city.")
def call(
    number: str, caller: str, at: datetime | None, call_id: str | None, service: str | None, demo: bool
) -> None:
    """Report a call to the running service as a telephone exchange does, and print what the caller hears."""
    settings = with_secret(read_settings(**(demo_overrides(set(os.environ)) if demo else {})))
    if not settings.call_key:
        refuse("ENTRY_CALL_SECRET이 없어 서명할 수 없습니다. 모의 도시라면 --demo를 붙이시기 바랍니다.")
    now = clock.now()
    report = {
        "call_id": call_id or secrets.token_urlsafe(16),
        "facility_number": number,
        "caller": caller,
        "called_at": (at or now).isoformat(),
    }
    body = json.dumps(report).encode()
    headers = {"Content-Type": "application/json", "X-Entry-Signature": sign(settings.call_key, body, now)}
    address = f"{(service or settings.origin).rstrip('/')}/api/v1/calls"
    try:
        with urlopen(Request(address, body, headers), timeout=SECONDS) as answer:  # noqa: S310 (our own origin)
            heard = json.load(answer)
    except HTTPError as refused:
        with refused:
            raise Refused(_detail(refused), exit_code=WRONG if refused.code == 422 else 1) from refused
    except (URLError, OSError) as failure:
        refuse(f"서비스에 연결할 수 없습니다: {address} ({type(failure).__name__})")
    click.echo(heard["message"] + (" (이미 등록된 전화입니다)" if heard["repeated"] else ""))


def _detail(refused: HTTPError) -> str:
    """Return the sentence of the refusal; the answer of something that is not our service has none."""
    try:
        return str(json.load(refused)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"서비스가 아닌 곳에서 답했습니다({refused.code})."
