"""Reports on the pilot as a whole."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from entry_service import clock

from .shared import opened

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def report() -> None:
    """Reports: usefulness."""


@report.command()
@click.option("--json", "json_file", type=FILE, help="Also write JSON.")
@click.option("--xlsx", "xlsx_file", type=FILE, help="Also write XLSX.")
def usefulness(json_file: Path | None, xlsx_file: Path | None) -> None:
    """Say what the log was worth: contacts found, hours saved, cost per contact, and where it did not help.

    It says what the hourly job has counted, as the page 성과 보고 does.
    """
    from entry_service.usecases.cases.usefulness import report as made
    from entry_service.web.admin.usefulness_pages import no_cost, workbook_of

    with opened(writer=False) as services:
        told = made(services, clock.now())
    if json_file is not None:
        said = {"whole": asdict(told.whole), "months": [asdict(one) for one in told.months]}
        json_file.write_text(json.dumps(said, ensure_ascii=False, indent=2))
    if xlsx_file is not None:
        xlsx_file.write_bytes(workbook_of(told))
    table = Table("기간", "확진자", "요청", "접촉(건)", "연락함", "아낀 시간", "건당 비용")
    for name, one in (("전체", told.whole), *((month.month, month) for month in told.months)):
        cost = f"{one.cost.value:,.0f}원" if one.cost else no_cost(one)
        counts = (f"{many:,}" for many in (one.cases, one.requests, one.contacts, one.reached))
        table.add_row(name, *counts, f"{one.hours.value:.1f}", cost)
    Console().print(table)
    whole = told.whole
    click.echo(
        f"도움이 되지 않음: 방문 기록 없음 {whole.unhelped_no_visit}명, "
        f"접촉자 없음 {whole.unhelped_no_contact}명, "
        f"연락 기록 없는 접촉 {whole.unreached}건, 판독 불가·파기 {whole.lost}건"
    )
