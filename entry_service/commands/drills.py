"""Drills: of an outbreak in the live log, of an outage of the network or the service."""

import json
import secrets
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from entry_service import clock
from entry_service.core.actors import Actor
from entry_service.core.times import KST

from .purge import OPERATOR
from .shared import KoreanTime, opened, refuse

if TYPE_CHECKING:
    from entry_service.services import Services
    from entry_service.store.log.drills import Drill

LOOK_EVERY = 5  # seconds
STEPS = {
    "prepared": "첫 출입까지 준비",
    "entered": "출입 입력",
    "registered": "확진자 등록",
    "traced": "접촉 방문 조회",
    "asked": "열람 요청",
    "approved": "두 번째 담당자 승인",
    "opened": "접촉자 명단 열람",
}
SITE = click.option(
    "--site", "named", multiple=True, help="Facility that takes part, by number or name.  [default: drawn]"
)
JSON = click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Also write JSON."
)


@click.group()
def drill() -> None:
    """Drills: outbreak, passes, clean, list, outage."""


@drill.command()
@click.option("--sites", default=5, show_default=True, help="How many facilities take part, drawn at random.")
@click.option("--contacts", default=20, show_default=True, help="How many invented contacts, over all sites.")
@SITE
@click.option("--officer", "login", help="Login of the officer who asks in the pages; another person approves.")
@click.option("--unattended", is_flag=True, help="Let the accounts of drills ask and approve; nobody is measured.")
@click.option("--scanned", is_flag=True, help="Go on with the passes of `drill passes`, which staff have read.")
@click.option("--wait", default=60.0, show_default=True, help="Minutes to wait for the two people.")
@click.option("--keep", is_flag=True, help="Leave it in the log; `drill clean` removes it.")
@JSON
def outbreak(
    sites: int,
    contacts: int,
    named: tuple[str, ...],
    login: str | None,
    unattended: bool,
    scanned: bool,
    wait: float,
    keep: bool,
    json_file: Path | None,
) -> None:
    """Measure the minutes from entries to a contact list, with invented people in the live log.

    On SQLite a running service holds the log: there the page 모의훈련 does the same.
    """
    from entry_service.usecases.drills import drill_clean, drills

    if bool(login) == unattended:
        refuse("--officer와 --unattended 가운데 하나를 지정하시기 바랍니다.", 2)
    random = secrets.token_bytes
    with opened() as services:
        actor = Actor(account_id=_officer(services, login), role="officer") if login else drills.TWO_OF["asker"]
        if scanned:
            begun = _ready(services)
        else:
            facts = {"sites": sites, "named": named, "contacts": contacts, "actor": actor, "random": random}
            begun = drills.prepare_drill(services, **facts, now=clock.now())
            drills.play_doors(services, begun.drill_id, now=clock.now(), random=random)
        known = drills.register_drill(services, begun.drill_id, actor=actor, now=clock.now())
        if unattended:
            drills.go_unattended(services, known.drill_id, now=clock.now())
        else:
            click.echo(f"화면에서 요청하고 승인하시기 바랍니다: /officer/cases/{known.case_id}")
            _await(services, known, wait)
        scored = drill_clean.score(services, known.drill_id, now=clock.now())
        if not keep:
            drill_clean.clean(services, known.drill_id, actor=OPERATOR, now=clock.now())
    _tell(scored.result, json_file)


@drill.command()
@click.option("--sites", default=5, show_default=True, help="How many facilities take part, drawn at random.")
@click.option("--contacts", default=20, show_default=True, help="How many invented contacts, over all sites.")
@SITE
def passes(sites: int, contacts: int, named: tuple[str, ...]) -> None:
    """Make passes that people carry to the doors; their pages show codes that turn like a visitor's."""
    from entry_service.usecases.drills import drills

    with opened() as services:
        facts = {
            "sites": sites,
            "named": named,
            "contacts": contacts,
            "by_staff": True,
            "random": secrets.token_bytes,
        }
        begun = drills.prepare_drill(services, **facts, actor=OPERATOR, now=clock.now())
    click.echo(f"출입증을 만들었습니다. 인쇄할 화면: /drills/{begun.drill_id}/passes")


@drill.command()
@click.option("--from", "start", type=KoreanTime(), help="When the network goes, such as 2026-09-01T14:00.")
@click.option("--to", "end", type=KoreanTime(), help="When it is back.")
@click.option("--site", "sites", multiple=True, help="Facility that takes part.  [default: all with a device]")
@click.option("--withdraw", "taken_back", help="Take a window back that is not over yet.")
@click.option("--measure", "drill_id", help="Count what the devices did about a window that is over.")
@click.option("--rehearse", is_flag=True, help="Do all of it on a copy that is thrown away.")
@click.option("--devices", default=5, show_default=True, help="With --rehearse: how many devices.")
@click.option("--readings", default=100, show_default=True, help="With --rehearse: readings that each queues.")
@click.option("--minutes", default=30, show_default=True, help="With --rehearse: how long they are cut off.")
@JSON
def outage(
    start: datetime | None,
    end: datetime | None,
    sites: tuple[str, ...],
    taken_back: str | None,
    drill_id: str | None,
    rehearse: bool,
    devices: int,
    readings: int,
    minutes: int,
    json_file: Path | None,
) -> None:
    """Agree on a window without network, or count what each device did about one."""
    from entry_service.usecases.drills import outage_drill

    if rehearse:
        _rehearse(devices, readings, minutes, json_file)
    elif drill_id:
        with opened() as services:
            done = outage_drill.measure(services, drill_id, now=clock.now())
        _tell_outage(done.result, json_file)
    elif taken_back:
        with opened() as services:
            outage_drill.withdraw(services, taken_back, actor=OPERATOR, now=clock.now())
        click.echo("통신 장애 훈련을 철회했습니다. 시설 화면의 안내도 없어집니다.")
    elif start and end:
        with opened() as services:
            facts = {"sites": sites, "start": start, "end": end, "actor": OPERATOR, "random": secrets.token_bytes}
            begun = outage_drill.announce(services, **facts, now=clock.now())
        click.echo(f"시설 {len(begun.plan['sites'])}곳의 통신 장애 훈련을 정했습니다: {begun.drill_id}")
        click.echo(f"끝난 뒤 `drill outage --measure {begun.drill_id}`로 셉니다.")
        click.echo("시설의 관리자 화면과 직원 화면에 그 시간을 알립니다.")
        click.echo("화면을 켜지 않은 시설에는 따로 알리시기 바랍니다.")
    else:
        refuse("--from과 --to, --withdraw, --measure, --rehearse 가운데 하나를 지정하시기 바랍니다.", 2)


@drill.command()
def clean() -> None:
    """Remove what is left of every drill, also of one that was killed; its counts stay."""
    from entry_service.usecases.drills.drill_clean import clean_all

    with opened() as services:
        click.echo(f"훈련 {clean_all(services, actor=OPERATOR, now=clock.now())}건을 정리했습니다.")


@drill.command("list")
def list_drills() -> None:
    """List the drills with what each came to."""
    from entry_service.usecases.drills.drills import all_drills

    table = Table("훈련", "종류", "시작", "상태", "분", "찾음", "기대")
    with opened(writer=False) as services:
        for one in all_drills(services):
            told = one.result
            figures = (told.get("minutes", "–"), told.get("right", "–"), told.get("expected", "–"))
            table.add_row(
                one.drill_id,
                one.kind,
                f"{one.started_at.astimezone(KST):%Y-%m-%d %H:%M}",
                one.state,
                *map(str, figures),
            )
    Console().print(table)


def _officer(services: "Services", login: str) -> str:
    from entry_service.store.sites import accounts

    with services.store.read() as db:
        account = accounts.by_login(db, login)
    if account is None or account.role != "officer":
        refuse(f"보건소 담당자 계정이 아닙니다: {login}", 2)
    return account.account_id


def _ready(services: "Services") -> "Drill":
    from entry_service.usecases.drills.drills import READY, all_drills

    found = next((one for one in all_drills(services) if one.state == READY), None)
    if found is None:
        refuse("준비된 훈련이 없습니다. 먼저 `drill passes`를 실행하시기 바랍니다.")
    return found


def _await(services: "Services", known: "Drill", minutes: float) -> None:
    """Wait until two people have asked, approved and opened; what is left undone stays for the pages."""
    from entry_service.usecases.drills.drills import steps

    until = clock.now() + timedelta(minutes=minutes)
    while steps(services, known)[-1].at is None:
        if clock.now() >= until:
            refuse("기다리는 동안 명단이 열리지 않았습니다. 훈련은 그대로 있으며 화면에서 이어서 할 수 있습니다.")
        time.sleep(LOOK_EVERY)


def _tell(result: dict[str, Any], json_file: Path | None) -> None:
    if json_file is not None:
        json_file.write_text(json.dumps(result, ensure_ascii=False, indent=2))
    way = Table("단계", "분")
    for step in result["steps"]:
        way.add_row(STEPS[step["name"]], "–" if step["minutes"] is None else f"{step['minutes']:.2f}")
    Console().print(way)
    share = "–" if result["recall"] is None else f"{result['recall']:.0%}"
    right = "–" if result["precision"] is None else f"{result['precision']:.0%}"
    click.echo(
        f"접촉자 명단까지 {result['minutes']:.2f}분, 찾은 접촉자 {result['right']}/{result['expected']}명"
        f"(재현율 {share}, 정밀도 {right})"
    )
    if result["played"]:
        click.echo("서버가 모든 출입문을 대신했으므로 시설을 평가한 것이 아닙니다.")
    table = Table("시설", "점수", "입력", "출입문", "찾음", "늦은 전송", "퇴장 누락", "거부")
    for site in result["sites"]:
        pairs = (("entries", "planned"), ("logged", "doors"), ("found", "expected"))
        shown = [f"{site[one]}/{site[of]}" for one, of in pairs]
        late = f"{site['late']}({site['latest_minutes']}분)" if site["late"] else "0"
        out = f"{site['missing_outs']}/{site['outs']}"
        table.add_row(
            site["name"], "–" if result["played"] else str(site["score"]), *shown, late, out, str(site["refused"])
        )
    Console().print(table)


def _rehearse(devices: int, readings: int, minutes: int, json_file: Path | None) -> None:
    """Rehearse in a folder of its own, whatever databases the installation is set to."""
    from entry_service.settings import Settings
    from entry_service.usecases.drills.outage_rehearsal import rehearse, throwaway

    with throwaway() as home:
        settings = Settings(var=Path(home) / "var", demo=True)
        sized = {"sites": devices, "readings": readings, "minutes": minutes}
        done, counted = rehearse(settings, **sized, now=clock.now())
    _tell_outage({**done.result, **counted}, json_file)
    click.echo(f"대기한 기록 {counted['made']:,}건, 저장 {counted['logged']:,}건, 잃음 {counted['lost']:,}건")
    click.echo("실제 자료는 읽거나 쓰지 않았고, 연습한 곳은 지웠습니다.")


def _tell_outage(result: dict[str, Any], json_file: Path | None) -> None:
    if json_file is not None:
        json_file.write_text(json.dumps(result, ensure_ascii=False, indent=2))
    table = Table("시설", "점수", "기기", "대기한 기록", "바로 온 기록", "수기", "다 온 때", "잃음", "돌아옴")
    for site in result["sites"]:
        for device in site["devices"]:
            counts = (str(device[name]) for name in ("queued", "live", "slips"))
            drained = "–" if device["drained"] is None else f"{device['drained']}분 뒤"
            lost = "알 수 없음" if device["lost"] is None else str(device["lost"])
            back = "아니요" if device["back"] is None else f"{device['back']}분 뒤"
            back = "참여하지 않음" if device["stayed"] else back
            score = "–" if site["score"] is None else str(site["score"])
            table.add_row(site["name"], score, device["name"], *counts, drained, lost, back)
    Console().print(table)
