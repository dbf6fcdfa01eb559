"""A plan as it stands: where a stop comes in that an officer gave to another team."""

from entry_service.core.actors import Actor
from entry_service.store.plans import field_checks
from entry_service.usecases.plans.change_plan import move_stop
from entry_service.usecases.plans.plan_now import plan_now
from tests.field_notes import HOUR, NOON, check
from tests.web.planned import START, plan_of, stop, write_plan

from ..small_log import small_log

OFFICER = Actor(account_id="A-officer", role="officer")
LON, LAT = START


def test_a_moved_stop_stays_where_it_came_in_whatever_is_noted_after(tmp_path):
    stops = [  # the one that is moved lies on the way to the first one
        stop("GP-001", 1, lon=LON + 0.004, lat=LAT),
        stop("GP-003", 2, lon=LON, lat=LAT + 0.004),
        stop("GP-004", 3, lon=LON + 0.002, lat=LAT, team=2, order=1),
    ]
    with small_log(tmp_path, NOON) as log:
        write_plan(tmp_path, plan_of("plan-1", stops))
        move_stop(log.services, "plan-1", "d-GP-004", 1, "", actor=OFFICER, now=NOON)

        def way() -> list[str]:
            return [one.stop.stop_id for one in plan_now(log.services, "plan-1").teams[0].stops]

        def note(name: str, at) -> None:
            done = check(f"check-{name}", stop_id=f"d-{name}", judged_at=at, received_at=at)
            log.services.store.write(lambda db: field_checks.append(db, done))

        assert way() == ["d-GP-004", "d-GP-001", "d-GP-003"]
        note("GP-001", NOON + HOUR)
        assert way() == ["d-GP-004", "d-GP-001", "d-GP-003"]
        move_stop(log.services, "plan-1", "d-GP-004", 1, "", actor=OFFICER, now=NOON + 2 * HOUR)
        assert way() == ["d-GP-001", "d-GP-004", "d-GP-003"]  # moved again, it comes after what was noted by then
