"""How it is said what came of a report about a poster: to managers, administrators and officers."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.usecases.sites.settle_report import Result, Settled

from ..frame.i18n import number_text

RESULTS: dict[Result, str] = {
    "found": _l("복사본 있음"),
    "not_found": _l("복사본 없음"),
    "seen": _l("확인함"),
}


def told(done: Settled, result: str, role: str) -> list[str]:
    """Return what came of it, as sentences; a manager's page asks for a new poster by itself."""
    many = number_text(done.entries)
    if result == "seen":
        return [_("신고를 확인한 것으로 표시했습니다.")]
    if result == "not_found":
        sentences = [_("복사본이 없는 것으로 기록했습니다.")]
        again = _("보류했던 출입 기록 %(count)s건을 다시 셉니다.", count=many)
        return [*sentences, again] if done.entries else sentences
    held = _(
        "복사본이 있는 것으로 기록했습니다. 이 포스터의 출입 기록 %(count)s건은 "
        "보건소가 판단할 때까지 보류합니다.",
        count=many,
    )
    return (
        [held]
        if role == "manager"
        else [held, _("시설에 새 포스터를 발급하여 바꾸어 붙이도록 알리시기 바랍니다.")]
    )
