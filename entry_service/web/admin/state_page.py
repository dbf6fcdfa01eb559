"""The page of the state of the service: what the doctor finds, for administrators who have no shell."""

from itertools import groupby

from flask import Blueprint, render_template, request
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from entry_service import clock as clocks
from entry_service.doctor import examine

from ..frame.access import requires
from ..frame.context import now, settings

AT_ONCE = ("clock", "keys", "permissions", "disk", "settings", "watcher", "purge", "backup", "register")
LONGER = ("database", "service", "certificate")  # reads every page of the databases, and calls the proxy
NAMES = {
    "clock": _l("시각"),
    "keys": _l("열쇠"),
    "permissions": _l("파일 권한"),
    "disk": _l("디스크"),
    "database": _l("데이터베이스"),
    "service": _l("서비스"),
    "certificate": _l("인증서"),
    "settings": _l("설정"),
    "watcher": _l("유동인구 분석"),
    "purge": _l("파기"),
    "backup": _l("백업"),
    "register": _l("공개 대장"),
}
STATES = {"ok": _l("정상"), "warning": _l("주의"), "failed": _l("조치 필요")}
WORST_FIRST = ("failed", "warning", "ok")
TONES = {"ok": "badge-success", "warning": "badge-warning", "failed": "badge-danger"}

blueprint = Blueprint("state", __name__)


@blueprint.get("/admin/state")
@requires("admin")
def page() -> str:
    """Show what the doctor finds now; with ``all`` also in what takes longer."""
    whole = "all" in request.args
    found = list(examine(settings(), clocks.reading(now()), AT_ONCE + (LONGER if whole else ())))
    korean = get_locale() is None or get_locale().language == "ko"
    checks = [
        (NAMES[name], [(one.state, one.ko if korean else one.en) for one in many])
        for name, many in groupby(found, key=lambda one: one.check)
    ]
    checks.sort(key=lambda check: min(WORST_FIRST.index(state) for state, _told in check[1]))
    worst = min((one.state for one in found), key=WORST_FIRST.index)
    return render_template(
        "admin/state.html",
        checks=checks,
        wanted=sum(one.state == "failed" for one in found),
        worst=worst,
        whole=whole,
        vault_apart=bool(settings().vault_socket),
        looked_at=now(),
        states=STATES,
        tones=TONES,
    )
