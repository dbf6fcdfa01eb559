"""Two officers send out two plans at the same moment, on both databases: the later knows of the other."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest

from entry_service.core.actors import Actor
from entry_service.store.plans import plans
from entry_service.usecases.plans import plan_sending
from tests.databases import databases, kind  # noqa: F401
from tests.field_notes import DAY, NOON
from tests.web.planned import at, plan_of, usual_stops, write_plan

from ..small_log import small_log

OFFICERS = [Actor(account_id=f"A-officer-{number}", role="officer") for number in (1, 2)]
EVENING = DAY - timedelta(days=1)


@pytest.mark.parametrize("other_day", [DAY, EVENING], ids=["of one day", "over midnight"])
def test_the_later_of_two_plans_knows_the_one_it_replaces(
    databases,  # noqa: F811
    kind,  # noqa: F811
    other_day,
    tmp_path,
    monkeypatch,
):
    together, holding_on, read = Barrier(2), plan_sending.holding_on, []

    def both_read_if_they_may(*asked):
        found = holding_on(*asked)
        read.append([plan.id for plan in found])
        with suppress(BrokenBarrierError):
            together.wait(1.0)  # seconds; whoever waits alone goes on alone
        return found

    monkeypatch.setattr(plan_sending, "holding_on", both_read_if_they_may)
    addresses = dict(zip(("log_url", "vault_url"), databases.pair(kind), strict=True))
    other = plan_of("plan-2", usual_stops(other_day), day=other_day)
    if other_day == EVENING:
        other["parameters"] |= {"begin": at(EVENING, 22).isoformat(), "hours": 14.0}
    with small_log(tmp_path, NOON, **addresses) as log, ThreadPoolExecutor(2) as pool:
        write_plan(tmp_path, plan_of("plan-1", usual_stops()))
        write_plan(tmp_path, other)
        sending = [
            pool.submit(plan_sending.send_out, log.services, name, actor=officer, now=NOON)
            for name, officer in zip(("plan-1", "plan-2"), OFFICERS, strict=True)
        ]
        assert [one.result() for one in sending] == [[], []]
        with log.services.store.read() as db:
            last, before = plans.sent_on(db, plan_sending.around(DAY))
        assert {last.plan_id, before.plan_id} == {"plan-1", "plan-2"}
        assert read == [[], [before.plan_id]]
