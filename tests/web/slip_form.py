"""The form of a paper slip by itself on a page, with a queue and a service that a test looks into."""

import pytest
from flask import render_template_string

from entry_service.usecases.doors.slip import public_keys
from entry_service.web.api.openapi import base64url
from entry_service.web.frame.access import public

from .browser import phone, serving

PAGE = """{% extends "base.html" %}
{% block title %}slip{% endblock %}
{% block main %}
<h1 class="visually-hidden">slip</h1><div id="root">{% include "staff/slip.html" %}</div>
{% endblock %}
"""
MOUNT = """async ([keys, at, works]) => {
  const { mountSlipForm } = await import("/static/js/door/slip-form.js");
  window.added = []; window.sent = []; window.saved = []; window.works = works;
  const queue = { add: async (item) => {
    if (!window.works) throw Object.assign(new Error("full"), { why: "full" });
    window.added.push(item);
  } };
  window.form = mountSlipForm(document.getElementById("root"), {
    queue, facility: {}, now: () => at, dayKeys: async () => keys, onSaved: (one) => window.saved.push(one),
    post: async (item) => { window.sent.push(item); return window.answer ?? { answer: {} }; },
  });
}"""


@pytest.fixture
def open_form(app, browser, services, clock):
    """Return a function that opens the form in a browser; whatever it complained about fails the test."""
    pages = []

    @public
    def slip_page():
        return render_template_string(PAGE, facility=services.facility("GP-001"))

    app.add_url_rule("/slip-under-test", "slip_page", slip_page)
    keys = [{"day": str(day), "public": base64url(key)} for day, key in public_keys(services, clock())]

    def start(*, window=phone, keys=keys, script="", works=True):
        page = window(browser, origin)
        page.add_init_script(script)
        page.goto("/slip-under-test")
        page.evaluate(MOUNT, [keys, clock().timestamp() * 1000, works])
        pages.append(page)
        return page

    with serving(app) as origin:
        yield start
        for page in pages:
            assert page.complaints == []
            page.context.close()


def fill(page, number="7", tel="01000001234"):
    page.get_by_label("전표 번호").fill(number)
    page.locator("#slip-phone").press_sequentially(tel)


def save(page):
    page.get_by_role("button", name="저장").click()


def added(page, many=1):
    page.wait_for_function(f"window.added.length === {many}")
    return page.evaluate("window.added")


def errors(page):
    return {
        place.get_attribute("id").removeprefix("slip-").removesuffix("-error"): place.inner_text()
        for place in page.locator(".error:visible").all()
    }
