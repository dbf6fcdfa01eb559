"""The pages of a facility and the menu between them; a page that a build does not have is left out.

A page belongs to the entry whose ``part`` its endpoint begins with, so that a form stays under its list.
"""

from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the menu."""

    part: str  # endpoints of this page and those below it begin so
    endpoint: str
    label: object  # a lazy string


ENTRIES = (
    Entry("manager.overview", "manager.overview", _l("현황")),
    Entry("watched.", "watched.page", _l("살펴볼 기록")),
    Entry("manager.devices.", "manager.devices.page", _l("기기")),
    Entry("manager.zones.", "manager.zones.page", _l("구역")),
    Entry("manager.accounts.", "manager.accounts.page", _l("계정")),
    Entry("manager.pin.", "manager.pin.page", _l("PIN")),
    Entry("manager.poster.", "manager.poster.page", _l("포스터")),
    Entry("manager_sign.", "manager_sign.page", _l("안내판")),
    Entry("paper.", "paper.page", _l("수기 전표")),
    Entry("cards.", "cards.page", _l("카드")),
    Entry("receipts.", "receipts.page", _l("파기 확인서")),
)


def menu(facility_id: str) -> list[dict[str, object]]:
    """Return address, label and whether it is the page of this request, of every page there is."""
    here = "manager.overview" if request.endpoint == "manager.home" else request.endpoint or ""
    return [
        {
            "address": url_for(entry.endpoint, facility_id=facility_id),
            "label": str(entry.label),
            "here": here.startswith(entry.part),
        }
        for entry in ENTRIES
        if entry.endpoint in current_app.view_functions
    ]
