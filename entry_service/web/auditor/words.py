"""The closed words of the audit, as the auditor's pages say them."""

from typing import Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.actors import Action, Purpose
from entry_service.core.audit_rules import AuditEntry, Rule
from entry_service.core.drills import APPROVER, ASKER

from ..officer.watch_words import BECAUSE

ACTIONS: dict[Action, str] = {
    "sign_in": _l("로그인"),
    "account_changed": _l("계정 변경"),
    "factor_changed": _l("2차 인증 변경"),
    "case_registered": _l("확진자 등록"),
    "case_closed": _l("확진자 종결"),
    "phone_searched": _l("전화번호 검색"),
    "case_traced": _l("접촉 방문 조회"),
    "disclosure_asked": _l("열람 요청"),
    "disclosure_approved": _l("열람 승인"),
    "disclosure_returned": _l("열람 반려"),
    "disclosure_opened": _l("연락처 열람"),
    "contacts_read": _l("접촉자 명단 조회"),
    "contacts_exported": _l("접촉자 명단 내려받기"),
    "contact_state_set": _l("접촉자 상태 기록"),
    "place_published": _l("공개 장소 변경"),
    "publication_asked": _l("장소 공개 승인 요청"),
    "publication_approved": _l("장소 공개 승인"),
    "publication_returned": _l("장소 공개 반려"),
    "notices_stopped": _l("노출 알림 멈춤"),
    "notices_resumed": _l("노출 알림 재개"),
    "plan_changed": _l("방역 계획 변경"),
    "visitor_read_own": _l("방문자 본인 조회"),
    "visitor_deleted_own": _l("방문자 본인 삭제"),
    "visitor_asked_who": _l("방문자 본인 열람 이력 조회"),
    "day_destroyed": _l("하루치 파기"),
    "case_file_destroyed": _l("접촉자 파일 파기"),
    "subject_key_destroyed": _l("대상자 열쇠 파기"),
    "clock_confirmed": _l("시각 확인"),
    "risk_limits_set": _l("위험도 기준 변경"),
    "reading_decided": _l("살펴볼 기록 판단"),
    "poster_report_settled": _l("포스터 신고 확인"),
    "flood_decided": _l("격리한 포스터 입장 판단"),
    "drill_started": _l("모의훈련 시작"),
    "drill_ended": _l("모의훈련 정리"),
    "sunset_asked": _l("운영 종료 결정 요청"),
    "sunset_withdrawn": _l("운영 종료 결정 요청 철회"),
    "sunset_confirmed": _l("운영 종료 결정"),
    "sunset_proved": _l("종료 확인서 발급"),
    "refused": _l("거부"),
}
PURPOSES: dict[Purpose | Literal["drill"], str] = {
    "contact_tracing": _l("접촉자 조사"),
    "testing_notice": _l("검사 안내"),
    "isolation_support": _l("격리 및 생활 지원"),
    "drill": _l("모의훈련"),
}
RULES: dict[Rule, str] = {
    "many_searches": _l("많은 전화번호 검색"),
    "same_person": _l("같은 사람을 되풀이하여 검색"),
    "many_exports": _l("많은 명단 내려받기"),
    "night": _l("야간 열람"),
    "refusals": _l("되풀이된 거부"),
    "no_reason": _l("사유 없는 열람"),
}
RULE_ACTIONS: dict[Rule, Action | str] = {
    "many_searches": "phone_searched",
    "same_person": "phone_searched",
    "many_exports": "contacts_exported",
    "night": "",
    "refusals": "refused",
    "no_reason": "",
}
ROLES = {
    "staff": _l("시설 직원"),
    "manager": _l("시설 관리자"),
    "officer": _l("보건소 담당자"),
    "approver": _l("열람 승인 담당자"),
    "auditor": _l("열람 점검 담당자"),
    "admin": _l("운영 담당자"),
    "field": _l("방역팀"),
    "visitor": _l("방문자"),
    "service": _l("자동 처리"),
}
OUTCOMES = {
    "done": _l("처리"),
    "end": _l("등록 종료"),
    "cancel": _l("종료 취소"),
    "destroy_now": _l("즉시 파기"),
    "corrected": _l("수정"),
    "withdrawn": _l("공개 철회"),
    "done_not": _l("공개하지 못함"),
    "corrected_not": _l("수정하지 못함"),
    "withdrawn_not": _l("공개 철회하지 못함"),
    "restored": _l("백업 복구"),
    "stop_moved": _l("방문지 담당 변경"),
    "stop_dropped": _l("방문지 제외"),
    "team_given": _l("조 배정"),
    "team_taken": _l("조 배정 해제"),
    "plan_sent": _l("계획을 조에 보냄"),
    "visit_removed": _l("방문 제외"),
    "stop_noted": _l("조를 대신해 기록"),
    "confirmed": _l("등록 완료"),
    "called": _l("연락함"),
    "tested": _l("검사함"),
    "isolated": _l("격리 중"),
    "closed": _l("종결"),
    "field_work": _l("현장 역학조사"),
    "other_centre": _l("다른 보건소 이관"),
    "superior_report": _l("상급기관 보고"),
    "outage": _l("전산 장애 대비"),
    "counts": _l("셈"),
    "void": _l("무효"),
    "reopened": _l("보류로 되돌림"),
    "changed": _l("반영"),
    "released": _l("다시 집계"),
    "voided": _l("무효"),
}


def outcome(entry: AuditEntry) -> str:
    """Return what came of it, a decision with its reason; a code that has no word is shown as it is."""
    decision, _line, why = entry.outcome.partition("_")
    if why in BECAUSE and decision in OUTCOMES:
        return f"{OUTCOMES[decision]}: {BECAUSE[why]}"
    return str(OUTCOMES.get(entry.outcome, entry.outcome))


def who(account_id: str, logins: dict[str, str]) -> str:
    """Return the login of an account; those who have none are called by what they are."""
    nobody = {"service": _("자동 처리"), "visitor": _("방문자 본인"), "": _("알 수 없음")}
    nobody |= dict.fromkeys((ASKER, APPROVER), _("모의훈련"))
    return nobody.get(account_id) or logins.get(account_id, account_id)


def month_text(year: int, month: int) -> str:
    """Return a month as its readers write it."""
    return _("%(year)s년 %(month)s월", year=year, month=month)
