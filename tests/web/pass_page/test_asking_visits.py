"""About which of its passes a phone asks, and when: never about all in one row by itself."""

import json
from datetime import date, timedelta

from .visitor import kept

ASKED_ABOUT = """async ({ passes, now, all }) => {
  const { turnOn } = await import("/static/js/pass/notices.js");
  const { askVisits } = await import("/static/js/pass/ask-visits.js");
  turnOn({ kid: 1, alg: "ed25519", public: "" });
  localStorage["entry.past"] = JSON.stringify({ v: 1, of: passes });
  return askVisits(now, {}, { all });
}"""


def test_passes_are_not_asked_about_in_one_row(open_pass, clock):
    page = open_pass()
    today = (clock() + timedelta(hours=9)).toordinal() - date(1970, 1, 1).toordinal()
    parts = {"kid": 1, "first_slot": 0, "slot_count": 1, "slot_seconds": 30, "verified": False, "label": ""}
    parts |= {"seed": "A" * 43, "sig": "A" * 86}
    passes = [
        parts | {"pid": f"AAAAAAAAA{chr(65 + day)}{'AE'[who]}", "day": today - day, "holder": f"h{who}"}
        for day in range(8)
        for who in range(2)
    ]
    asked: list[str] = []

    def told(route) -> None:
        asked.append(route.request.post_data_json["proofs"][0])
        route.fulfill(json={"days": [{"day": "2020-08-25", "visits": []}]})

    page.route("**/api/v1/my/visits", told)
    facts = {"now": clock().timestamp() * 1_000, "passes": passes}
    assert page.evaluate(ASKED_ABOUT, facts | {"all": False}) == "visits_rest"
    days = [next(one["day"] for one in passes if one["pid"] == pid) for pid in _asked(page)]
    assert (len(asked), sorted(days)) == (4, [today - 1] * 2 + [today] * 2)  # the newest days first
    assert page.evaluate(ASKED_ABOUT, facts | {"all": False}) == "visits_rest"
    assert len(set(asked)) == len(asked) == 7
    assert page.evaluate(ASKED_ABOUT, facts | {"all": True}) == ""
    assert len(set(asked)) == len(asked) == 16


def _asked(page) -> list[str]:
    return list(json.loads(kept(page)["entry.visits"])["asked"])
