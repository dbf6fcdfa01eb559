"""Follow up the contacts of a case: read them, and note what was done for each."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from entry_service.core.actors import Actor
from entry_service.core.contact_list import Reckoning, Stay, read_stays
from entry_service.core.errors import BadInput
from entry_service.core.exposed import IndexDoubt
from entry_service.core.model import Case
from entry_service.services import Services
from entry_service.store.cases import cases
from entry_service.vault.asked import Disclosure
from entry_service.vault.filed import CONTACT_STATES, CaseContact, ContactState, StateChange

from .grounds import doubts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A contact with its stays in order of time and every change of its state, the newest last.

    ``doubt``: nothing that it rests on counts any more, or all that is left waits for a decision.
    """

    contact: CaseContact
    stays: tuple[Stay, ...]
    changes: tuple[StateChange, ...]
    doubt: IndexDoubt

    @property
    def state(self) -> ContactState:
        """Return what was noted last."""
        return self.changes[-1].state if self.changes else "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """The contacts of a case, how many are in each state, and how the records add up."""

    case: Case
    contacts: tuple[Followed, ...]
    counts: Mapping[ContactState, int]
    reckoning: Reckoning


def read_contacts(services: Services, case_id: str, *, actor: Actor, now: datetime) -> FollowUp:
    """Return the contacts of a case, closed or not, after the audit row is written.

    Raises ``NotFound``, ``KeyGone`` once the file is destroyed, ``AuditUnavailable``.
    """
    with services.store.read() as db:
        case = cases.find_case(db, case_id)
    found = services.vault.case_files.contacts(case_id, actor, now)
    changes: dict[int, list[StateChange]] = {}
    for change in services.vault.case_files.states(case_id):
        changes.setdefault(change.number, []).append(change)
    doubts = doubts_of(services, case_id, [one.evidence for one in found])
    followed = tuple(
        Followed(
            contact=one,
            stays=tuple(read_stays(one.evidence)),
            changes=tuple(changes.get(one.number, ())),
            doubt=doubt,
        )
        for one, doubt in zip(found, doubts, strict=True)
    )
    return FollowUp(
        case=case,
        contacts=followed,
        counts=_counts(followed),
        reckoning=reckoning(services.vault.disclosures.of_case(case_id), found),
    )


def note_state(
    services: Services, case_id: str, number: int, state: ContactState, *, actor: Actor, now: datetime
) -> tuple[StateChange, Mapping[ContactState, int]]:
    """Note what was done for a contact; return the note and how many contacts are in each noted state now.

    Raises ``BadInput`` (``state``) and what ``vault.case_files.set_state`` raises.
    """
    if state not in CONTACT_STATES:  # a vault in a process of its own takes no other word across
        raise BadInput(field="state")
    noted = services.vault.case_files.set_state(case_id, number, state, actor, now)
    newest = {change.number: change.state for change in services.vault.case_files.states(case_id)}
    return noted, Counter(newest.values())


def reckoning(requests: list[Disclosure], contacts: list[CaseContact]) -> Reckoning:
    """Return what became of all the records of the requests that were opened."""
    came_to = [request.outcome for request in requests if request.outcome is not None]
    return Reckoning(
        asked=sum(one.asked for one in came_to),
        readable=sum(one.readable for one in came_to),
        unreadable=sum(one.unreadable for one in came_to),
        destroyed=sum(one.destroyed for one in came_to),
        persons=sum(one.readable for one in contacts),
    )


def _counts(followed: tuple[Followed, ...]) -> Mapping[ContactState, int]:
    counted = Counter(one.state for one in followed if one.contact.readable)
    return {state: counted[state] for state in CONTACT_STATES}
