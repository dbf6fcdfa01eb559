"""Who looked, why and how much: rows to search, whether the chain holds, and the report of a month to print."""

import re
from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from entry_service.core.actors import ACTIONS
from entry_service.core.audit_rules import REASONS
from entry_service.core.errors import NotFound
from entry_service.core.times import kst_day
from entry_service.usecases.sites import review_audit
from entry_service.vault.audit_verification import WHY

from ..frame.access import requires
from ..frame.context import now, services
from ..frame.i18n import translated
from . import words

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
MONTHS_OFFERED = 24
blueprint = Blueprint("auditor", __name__)


@blueprint.get("/auditor")
@requires("auditor")
def page() -> str:
    """Show the rows of a month, narrowed by account and action, and what in it deserves a look."""
    this_month = kst_day(now()).replace(day=1)
    month = _month(request.args.get("month", "")) or this_month
    known = review_audit.logins(services())
    chosen = {
        "month": f"{month:%Y-%m}",
        "account": _one_of(known | {"service": "", "visitor": ""}, "account"),
        "action": _one_of(dict.fromkeys(ACTIONS, ""), "action"),
    }
    rows = review_audit.rows_of(
        services(), month, action=chosen["action"], account_id=chosen["account"], before=_before()
    )
    return render_template(
        "auditor/overview.html",
        rows=rows,
        before=_before(),
        review=review_audit.review_month(services(), month),
        chosen=chosen,
        months=_months(this_month),
        logins=known,
        words=words,
        reasons=REASONS,
    )


@blueprint.post("/auditor/verify")
@requires("auditor")
def verify() -> Response:
    """Walk the whole chain beside its second place and say what came of it."""
    found = services().vault.audit.verify()
    if found.ok:
        noted = f"{found.rows}:{found.hash[:16]}" if found.rows else "–"
        flash(
            _(
                "접속기록 %(rows)s건이 모두 맞습니다. 따로 적어 두실 값: %(noted)s",
                rows=f"{found.rows:,}",
                noted=noted,
            ),
            "success",
        )
        if found.late or found.lost:
            flash(
                _(
                    "사본에 늦게 적힌 기록이 %(late)s건, 백업을 되살리며 잃은 기록이 %(lost)s건 있습니다.",
                    late=f"{found.late:,}",
                    lost=f"{found.lost:,}",
                ),
                "warning",
            )
    else:
        why = translated(WHY[found.why])
        sentence = _("%(seq)s번 기록에서 멈추었습니다. %(why)s", seq=f"{found.first_bad_seq:,}", why=why)
        flash(sentence if found.first_bad_seq else why, "danger")
    return redirect(url_for("auditor.page"), 303)


@blueprint.get("/auditor/months/<month>")
@requires("auditor")
def month_page(month: str) -> str:
    """Show the report of a month, made to be printed, checked and signed."""
    first = _month(month)
    this_month = kst_day(now()).replace(day=1)
    if first is None or first > this_month:
        raise NotFound(what="month")
    return render_template(
        "auditor/month.html",
        first=first,
        review=review_audit.review_month(services(), first),
        month_before=review_audit.month_before(first),
        month_after=review_audit.next_month(first) if first < this_month else None,
        is_over=first < this_month,
        made_at=now(),
        words=words,
        reasons=REASONS,
    )


def _month(text: str) -> date | None:
    found = MONTH.fullmatch(text)
    return date(int(found[1]), int(found[2]), 1) if found else None


def _months(newest: date) -> list[date]:
    months = [newest]
    while len(months) < MONTHS_OFFERED:
        months.append(review_audit.month_before(months[-1]))
    return months


def _one_of(known: dict[str, str], name: str) -> str:
    asked = request.args.get(name, "")
    return asked if asked in known else ""


def _before() -> int:
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else 0
