"""Who acts on personal data, for what, and what is written of it: the closed lists of the audit."""

from dataclasses import dataclass
from typing import Literal, get_args

Purpose = Literal["contact_tracing", "testing_notice", "isolation_support"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)  # no other purpose can be written down, and there is none to add

PURPOSE_WORDS: dict[Purpose, str] = {
    "contact_tracing": "접촉자 조사",
    "testing_notice": "검사 안내",
    "isolation_support": "격리 및 생활 지원",
}

Action = Literal[
    "sign_in",
    "account_changed",
    "factor_changed",
    "case_registered",
    "case_closed",
    "phone_searched",
    "case_traced",
    "disclosure_asked",
    "disclosure_approved",
    "disclosure_returned",
    "disclosure_opened",
    "contacts_read",
    "contacts_exported",
    "contact_state_set",
    "place_published",
    "publication_asked",
    "publication_approved",
    "publication_returned",
    "notices_stopped",
    "notices_resumed",
    "plan_changed",
    "visitor_read_own",
    "visitor_deleted_own",
    "visitor_asked_who",
    "day_destroyed",
    "case_file_destroyed",
    "subject_key_destroyed",
    "clock_confirmed",
    "risk_limits_set",
    "reading_decided",
    "poster_report_settled",
    "flood_decided",
    "drill_started",
    "drill_ended",
    "sunset_asked",
    "sunset_withdrawn",
    "sunset_confirmed",
    "sunset_proved",
    "refused",
]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whoever acts: an account, its role, the address it came from; ``origin`` is empty for our own jobs."""

    account_id: str
    role: str
    origin: str = ""


SERVICE = Actor(account_id="service", role="service")  # the retention job and other work nobody asked for
