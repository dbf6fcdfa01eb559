"""About which of its passes a phone asks, and when: never about all in one row by itself."""

import json
from datetime import UTC, date, datetime, timedelta

from playwright.sync_api import expect

from .visitor import kept

ASKED_ABOUT = """async ({ passes, now, all }) => {
  const { turnOn } = await import("/static/js/pass/notices.js");
  const { askVisits } = await import("/static/js/pass/ask-visits.js");
  turnOn({ kid: 1, alg: "ed25519", public: "" });
  localStorage["entry.past"] = JSON.stringify({ v: 1, of: passes });
  return askVisits(now, {}, { all });
}"""


TURN_ON = """async ({ passes, now }) => {
  const { turnOn } = await import("/static/js/pass/notices.js");
  turnOn({ kid: 1, alg: "ed25519", public: "" });
  localStorage["entry.past"] = JSON.stringify({ v: 1, of: passes });
  const notices = JSON.parse(localStorage["entry.notices"]);
  localStorage["entry.notices"] = JSON.stringify({ ...notices, checked_at: now });
}"""
PROOFS = """async (passes) => {
  const { proofOf } = await import("/static/js/pass/past.js");
  return Object.fromEntries(passes.map((pass) => [proofOf(pass), pass.day]));
}"""
DAY = 86_400_000  # milliseconds


def day_of(moment: datetime) -> int:
    return (moment + timedelta(hours=9)).toordinal() - date(1970, 1, 1).toordinal()


def passes_of(first: int, days: int, people: int = 2) -> list[dict]:
    """Return passes of so many days from the first on, the newest first, for each person."""
    parts = {"kid": 1, "first_slot": 0, "slot_count": 1, "slot_seconds": 30, "verified": False, "label": ""}
    parts |= {"seed": "A" * 43, "sig": "A" * 86}
    return [
        parts | {"pid": f"AAAAAAAAA{chr(65 + day)}{'AE'[who]}", "day": first + day, "holder": f"h{who}"}
        for day in reversed(range(days))
        for who in range(people)
    ]


def test_passes_are_not_asked_about_in_one_row(open_pass, clock):
    page = open_pass()
    today = day_of(clock())
    passes = passes_of(today - 7, 8)
    asked: list[str] = []

    def told(route) -> None:
        asked.append(route.request.post_data_json["proofs"][0])
        route.fulfill(json={"days": [{"day": "2020-08-25", "visits": []}]})

    page.route("**/api/v1/my/visits", told)
    facts = {"now": clock().timestamp() * 1_000, "passes": passes}
    assert page.evaluate(ASKED_ABOUT, facts | {"all": False}) == "visits_rest"
    days = [next(one["day"] for one in passes if one["pid"] == pid) for pid in _asked(page)]
    assert (len(asked), sorted(days)) == (
        4,
        [today - 2] * 2 + [today - 1] * 2,
    )  # what is over, newest first
    facts["now"] += 119_000
    assert page.evaluate(ASKED_ABOUT, facts | {"all": False}) == "visits_rest"
    assert len(asked) == 4  # too soon: one row with those before
    facts["now"] += 1_000
    assert page.evaluate(ASKED_ABOUT, facts | {"all": False}) == "visits_rest"
    assert len(set(asked)) == len(asked) == 7
    assert page.evaluate(ASKED_ABOUT, facts | {"all": True}) == ""
    assert len(set(asked)) == len(asked) == 16


def _asked(page) -> list[str]:
    return list(json.loads(kept(page)["entry.visits"])["asked"])


def test_who_opens_the_pass_once_a_day_hears_of_each_visit_the_next_day(open_pass, clock):
    page = open_pass()
    first, week = day_of(clock()), 7
    at = 0
    day_of_proof: dict[str, int] = {}

    def told(route) -> None:
        [proof] = route.request.post_data_json["proofs"]
        noon = day_of_proof[proof] * DAY + 3 * DAY // 24  # in Korea
        visit = {"facility_id": "GP-001", "facility_name": "산본도서관", "left_at": None, "held": False}
        visit["entered_at"] = f"{datetime.fromtimestamp(noon / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
        route.fulfill(json={"days": [{"day": "", "visits": [visit] if noon <= at else []}]})

    page.route("**/api/v1/my/visits", told)
    for number in range(week):
        passes = passes_of(first, number + 1)
        day_of_proof |= page.evaluate(PROOFS, passes)
        at = (first + number) * DAY  # nine in the morning, at a door: today's visit is yet to come
        page.evaluate(ASKED_ABOUT, {"passes": passes, "now": at, "all": False})
        heard = {one["pid"] for one in json.loads(kept(page).get("entry.visits", "{}")).get("of", [])}
        assert heard == {one["pid"] for one in passes if one["day"] < first + number}, number


def test_the_next_opening_goes_on_with_what_is_left_before_the_hour_is_over(open_pass, origin, clock):
    page = open_pass()
    asked: list[str] = []

    def told(route) -> None:
        asked.append(route.request.post_data_json["proofs"][0])
        route.fulfill(json={"days": [{"day": "2020-08-25", "visits": []}]})

    page.route("**/api/v1/my/visits", told)
    facts = {"now": clock().timestamp() * 1_000, "passes": passes_of(day_of(clock()) - 4, 5, people=1)}
    page.evaluate(TURN_ON, facts)
    for passed, number in ((0, 3), (30, 3), (190, 5)):  # a page's clock may be a minute off when time is skipped
        page.goto("about:blank")  # nothing of the page goes on
        clock.passes(seconds=passed)
        page.clock.fast_forward(passed * 1_000)
        page.goto(f"{origin}/pass")
        expect(page.locator("#notice-standing")).not_to_be_empty()
        tries = 50
        while len(asked) < number and (tries := tries - 1):
            page.wait_for_timeout(100)
        page.wait_for_load_state("networkidle")
        assert len(set(asked)) == len(asked) == number
