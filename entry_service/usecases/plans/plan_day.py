"""What the teams did on a day, place by place, under whichever plan they did it."""

from dataclasses import dataclass

from entry_service.core.disinfection import FieldCheck
from entry_service.core.model import Facility
from entry_service.services import Services
from entry_service.store.plans import field_checks
from entry_service.store.sites import facilities

from .plan_folder import Plan

FACILITY, UNIT = "d-", "v-"  # how a stop_id begins (docs/planning.md)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """The newest note about a place: a facility of the register, or what the id of the stop names."""

    check: FieldCheck
    facility: Facility | None

    @property
    def unit_code(self) -> str | None:
        """Return the unit of a visit; None at a facility."""
        return self.check.stop_id.removeprefix(UNIT) if self.check.stop_id.startswith(UNIT) else None


def worked_on(services: Services, plan: Plan) -> list[Worked]:
    """Return the newest note about each place on the plan's day, by the time of doing; none that is sensitive."""
    with services.store.read() as db:
        known = {one.facility_id: one for one in facilities.all(db)}
        notes = [many[0] for many in field_checks.of_day(db, plan.day).values()]
    found = [Worked(check=note, facility=known.get(note.stop_id.removeprefix(FACILITY))) for note in notes]
    shown = [one for one in found if one.facility is None or not one.facility.sensitive]
    return sorted(shown, key=lambda one: (one.check.judged_at, one.check.stop_id))
