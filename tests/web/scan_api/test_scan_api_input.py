"""Whatever is sent to the door's API, it answers with a named field, and never with a fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .posted import SCANS, logged, scan_id


def test_a_body_cannot_name_the_facility_or_the_device(post, reading, services):
    for field in ("facility_id", "device_id", "pid", "outcome", "received_at"):
        refused = post(**reading(), **{field: "GP-002"})
        assert (refused.status_code, refused.json["code"]) == (422, "bad_input")
    assert logged(services) is None


BROKEN = {
    "scan_id": ["", "short", "x" * 65, "a b c d e f", "12345678\n", "12345678\x00", 7, None],
    "text": ["", "x" * 4_297, 1, None, ["EPC1"]],
    "direction": ["IN", "", None, 0],
    "scanned_at": ["", "yesterday", "2020-08-25T18:00:00", "2020-08-25", 1598346000, None, "0001-01-01T00:00Z"],
    "gate": ["x" * 41, "a\x00b", "a\nb", None, 5],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in BROKEN.items() for value in values]
)
def test_a_field_that_cannot_be_read_is_named_and_nothing_is_logged(post, reading, services, field, value):
    refused = post(**reading(**{field: value}))
    assert refused.status_code == 422
    assert (refused.json["code"], refused.json["field"]) == ("bad_input", field)
    assert logged(services) is None


@pytest.mark.parametrize("field", ["scan_id", "text", "direction", "scanned_at"])
def test_a_missing_field_is_named(post, reading, field):
    sent = reading()
    del sent[field]
    refused = post(**sent)
    assert (refused.status_code, refused.json["field"]) == (422, field)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_ends_of_time_are_bad_input(post, reading, moment):
    assert post(**reading(scanned_at=moment)).status_code == 422


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"scan_id": "\\ud800"}']
)
def test_a_body_that_is_no_scan_is_refused(app, device, body):
    refused = app.test_client().post(SCANS, data=body, headers=device, content_type="application/json")
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")


def test_a_body_that_is_not_json_or_too_large_is_refused(app, device, settings):
    client = app.test_client()
    assert client.post(SCANS, data="x=1", headers=device).status_code == 415
    large = b'{"text": "' + b"x" * settings.max_body + b'"}'
    assert client.post(SCANS, data=large, headers=device, content_type="application/json").status_code == 413


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(["scan_id", "text", "direction", "scanned_at", "gate", "other"])


def test_no_body_is_a_fault(app, device, visitor, clock):
    now = clock()
    right = {"text": visitor.code(now), "direction": "in", "scanned_at": now.isoformat(), "scan_id": scan_id()}

    @given(changes=st.dictionaries(FIELDS, anything))
    def check(changes):
        answer = app.test_client().post(SCANS, json={**right, **changes}, headers=device)
        assert answer.status_code in {200, 422}
        assert answer.mimetype in {"application/json", "application/problem+json"}

    check()


def test_the_text_of_any_code_is_no_fault(app, device, clock, services):
    @given(
        text=st.text(min_size=1, max_size=200)
        | st.text("0123456789ABCDEFGHIJ $%*+-./:", min_size=149).map("EPC1{}".format)
    )
    def check(text):
        body = {"text": text, "direction": "in", "scanned_at": clock().isoformat(), "scan_id": scan_id(2)}
        assert app.test_client().post(SCANS, json=body, headers=device).json["code"] == "pass_malformed"

    check()
