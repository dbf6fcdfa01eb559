"""The register of facilities: bring many in from a file, list them."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entry_service import clock

from .shared import WRONG, Refused, opened

if TYPE_CHECKING:
    from entry_service.core.facility_rows import Problem

MOST_PROBLEMS = 20


@click.group()
def facility() -> None:
    """Facilities: import, list."""


@facility.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_(file: Path) -> None:
    """Register the facilities of a CSV or XLSX FILE, all or none; known numbers get the facts that it tells."""
    from entry_service.usecases.sites.import_facilities import FileRefused, import_facilities

    with opened() as services:
        try:
            told = import_facilities(services, file.read_bytes(), now=clock.now(), random=secrets.token_bytes)
        except FileRefused as wrong:
            shown = [f"{file.name} {_told(problem)}" for problem in wrong.problems[:MOST_PROBLEMS]]
            more = len(wrong.problems) - len(shown)
            rest = [f"그 밖에 {more}건이 더 있습니다."] if more else []
            raise Refused(wrong.sentence, *shown, *rest, exit_code=WRONG) from wrong
    click.echo(f"시설 {told.added}곳을 등록하고 {told.changed}곳의 정보를 고쳤습니다.")


def _told(problem: "Problem") -> str:
    """Return a problem on one line: row, column, what is wrong, how to mend it."""
    where = f"{problem.row}행 {problem.column}".rstrip()
    return f"{where}: {problem.what} {problem.mend}".rstrip()


@facility.command("list")
def list_() -> None:
    """List facilities: number, name, category, pilot stage."""
    from entry_service.store.sites import facilities

    with opened(writer=False) as services, services.store.read() as db:
        for one in facilities.all(db):
            click.echo("\t".join([one.facility_id, one.name, one.category, str(one.stage)]))
