"""What the circuit breaker held back goes to a second person, who publishes exactly that, or returns it.

The audit row is written before anything is asked, decided or published.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from entry_service.core.actors import Actor
from entry_service.core.breaker import content_hash
from entry_service.core.errors import BadInput, Sentence
from entry_service.core.publication import Place, SensitivePlace
from entry_service.core.remark_rules import holds_own_number
from entry_service.services import Services
from entry_service.store.cases import notices
from entry_service.store.cases import published_places as places
from entry_service.store.cases.notices import Request
from entry_service.vault.asked import OwnRequest

from .doubted_places import assert_undoubted
from .dry_run import DryRun, dry_run
from .publish import RequestOver, publish_decided

WAITS = timedelta(hours=24)
SHORTEST, LONGEST = 5, 200  # characters of a reason
Random = Callable[[int], bytes]


def ask(
    services: Services, place_ids: Sequence[int], remark: str, *, actor: Actor, now: datetime, random: Random
) -> Request:
    """Ask a second person to publish these drafts; the same content waits once.

    Raises ``BadInput`` (``remark``), where nothing holds it back (``place``), ``SensitivePlace``,
    ``PlaceDoubted``, ``NotFound``, ``AuditUnavailable``.
    """
    remark = fit_remark(remark)
    run = dry_run(services, place_ids, now)
    if run.sensitive:
        raise SensitivePlace()
    if not run.reasons:
        raise BadInput("다른 사람의 승인이 필요하지 않습니다. 바로 공개할 수 있습니다.", field="place")
    found = [row.place for row in run.rows]
    named = content_hash(found)
    with services.store.read() as db:
        assert_undoubted(db, found, now)
        for known in notices.since(db, now - WAITS, "waiting"):
            if known.content_hash == named:
                return known
    request = Request(
        request_id=urlsafe_b64encode(random(12)).decode(),
        content_hash=named,
        place_ids=".".join(str(one.place_id) for one in found),
        people=run.reach.people,
        reasons=" ".join(run.reasons),
        remark=remark,
        asked_by=actor.account_id,
        asked_at=now,
    )
    services.vault.audit.append("publication_asked", actor, now=now, rows=len(found), request_hash=named)
    services.store.write(lambda db: notices.ask(db, request))
    return request


def waiting(services: Services, now: datetime) -> list[Request]:
    """Return the requests that wait, the oldest first."""
    with services.store.read() as db:
        return list(notices.since(db, now - WAITS, "waiting"))


def look(services: Services, request_id: str, now: datetime) -> tuple[Request, DryRun | None]:
    """Return a request and what it would come to now; None where its drafts are no longer what was asked."""
    with services.store.read() as db:
        request = notices.find(db, request_id)
        found = places.some(db, request.places)
    if not _is_as_asked(request, found):
        return request, None
    return request, dry_run(services, request.places, now)


def decide(
    services: Services, request_id: str, *, approve: bool, answer: str, actor: Actor, now: datetime
) -> Request:
    """Publish what was asked, or return it, with a reason either way.

    Raises ``OwnRequest``, ``RequestOver``, ``BadInput`` (``answer``), and what ``publish`` raises.
    """
    answer = fit_remark(answer, field="answer")
    with services.store.read() as db:
        request = notices.find(db, request_id)
        found = places.some(db, request.places)
    if request.asked_by == actor.account_id:
        raise OwnRequest
    if request.state != "waiting" or now - request.asked_at >= WAITS:
        raise RequestOver
    if approve and not _is_as_asked(request, found):
        raise RequestOver
    if approve:
        with services.store.read() as db:
            assert_undoubted(db, found, now)  # before the audit says that it was approved
    state = "approved" if approve else "returned"
    action = "publication_approved" if approve else "publication_returned"
    decided = replace(request, state=state, decided_by=actor.account_id, decided_at=now, answer=answer)
    facts = {"rows": len(found), "request_hash": request.content_hash}
    services.vault.audit.append(action, actor, now=now, **facts)
    if approve:
        publish_decided(services, decided, actor=actor, now=now)
    elif not services.store.write(lambda db: notices.decide(db, decided)):
        raise RequestOver
    return decided


def fit_remark(text: str, field: str = "remark") -> str:
    """Return a reason in one line, or raise ``BadInput``: too short, too long, or with a person's own number."""
    text = " ".join(text.split())
    if not SHORTEST <= len(text) <= LONGEST:
        sentence = Sentence(
            "사유를 %(shortest)s자에서 %(longest)s자로 적으시기 바랍니다.", shortest=SHORTEST, longest=LONGEST
        )
        raise BadInput(sentence, field=field)
    if not text.isprintable() or holds_own_number(text):
        raise BadInput("사유에 전화번호 같은 개인의 번호는 적지 않습니다.", field=field)
    return text


def _is_as_asked(request: Request, found: Sequence[Place]) -> bool:
    return all(one.state == "draft" for one in found) and content_hash(found) == request.content_hash
