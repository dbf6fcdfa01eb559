"""Keys that go at once: typed by whoever asks and by whoever confirms; taken back by whoever asked."""

import re

from .conftest import code_for
from .forms import text
from .test_sunset_pages import decide

TYPED = {"typed": "즉시 파기"}


def test_it_is_typed_by_both_and_can_be_withdrawn(app, person):
    decide(app, person, "end")
    admin, approver = person("admin"), person("approver")

    def ask(**typed):
        form = {"what": "destroy_now", "code": code_for(app, "admin"), **typed}
        return admin.post("/admin/sunset", form)

    refused = ask(typed="즉시")
    assert (refused.status_code, "그대로 입력" in text(refused)) == (422, True)
    assert ask(**TYPED).status_code == 303
    shown = text(admin.get("/admin/sunset"))
    [back] = re.findall(r'formaction="(/admin/sunset/[0-9a-f]{64}/withdraw)"', shown)
    assert approver.post(back).status_code == 403
    assert admin.post(back).status_code == 303
    assert admin.post(back).status_code == 409
    assert ask(**TYPED).status_code == 303
    [path] = re.findall(r'action="(/admin/sunset/[0-9a-f]{64})"', text(approver.get("/admin/sunset")))
    assert approver.post(path, {"code": code_for(app, "approver")}).status_code == 422
    assert approver.post(path, {"code": code_for(app, "approver"), **TYPED}).status_code == 303
