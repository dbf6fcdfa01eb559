"""파기 대장: the clock that destroys, what was destroyed, its receipts, paper that nobody shredded."""

from datetime import date, datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service import clock
from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput, NotFound, Unavailable
from entry_service.core.retention import Reading
from entry_service.usecases.retention.destroyed_days import DAYS_SHOWN, register_of
from entry_service.usecases.retention.receipts import public_key_pem, receipt_file
from entry_service.usecases.retention.trusted_clock import ClockChanged, confirm

from ..frame.access import requires
from ..frame.auth import current_account
from ..frame.context import now, services, settings
from ..frame.i18n import translated

STAGES = {
    "counted": _l("건수 확인"),
    "key_destroyed": _l("열쇠 파기"),
    "contacts_destroyed": _l("연락처 파기"),
    "log_destroyed": _l("출입 기록 파기"),
    "folders_destroyed": _l("추출본과 분석 결과 파기"),
    "signed": _l("확인서 서명"),
    "finished": _l("완료"),
}
blueprint = Blueprint("retention", __name__)


@blueprint.get("/admin/retention")
@requires("admin")
def page() -> str:
    """Show the register; ``before`` a day shows the days before it."""
    before = _day(request.args["before"]) if "before" in request.args else None
    register = register_of(services(), _reading(), before)
    is_idle = settings().demo and register.belief.since is None  # a demonstration never looks at the clock
    more = register.days[-1].day if len(register.days) == DAYS_SHOWN else None
    return render_template(
        "admin/retention.html",
        register=register,
        is_idle=is_idle,
        stages=STAGES,
        later=before is not None,
        more=more,
        shown=now(),
    )


@blueprint.post("/admin/retention/clock")
@requires("admin")
def confirm_clock() -> Response:
    """Believe the clock because the administrator says that the time on the page is right."""
    try:
        shown = datetime.fromisoformat(request.form.get("shown", ""))
        if shown.tzinfo is None:
            raise ValueError
    except ValueError:
        raise BadInput(field="shown") from None
    account = current_account()
    actor = Actor(account_id=account.account_id, role=account.role, origin=request.remote_addr or "")
    try:
        confirm(services(), _reading(), shown=shown, actor=actor)
    except ClockChanged as refused:
        flash(translated(refused.sentence), "warning")
    except Unavailable as refused:
        flash(translated(refused.sentence), "danger")
    else:
        flash(_("시각이 맞다고 확인했습니다. 보존 기간이 지난 기록은 한 시간 안에 파기합니다."), "success")
    return redirect(url_for(".page"), 303)


@blueprint.get("/admin/retention/<day>/receipt.json")
@requires("admin")
def receipt(day: str) -> Response:
    """Give out the receipt of the whole service of a day."""
    file = receipt_file(services(), _day(day))
    return download(file.content, file.name, "application/json")


@blueprint.get("/admin/retention/receipts.pem")
@requires("admin", "manager")
def public_key() -> Response:
    """Give out the public key with which anybody verifies receipts."""
    return download(public_key_pem(services()).encode(), "receipts.pem", "application/x-pem-file")


def download(content: bytes, name: str, kind: str) -> Response:
    """Return a file that the browser saves."""
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound(what="day") from None


def _reading() -> Reading:
    return clock.reading(now())
