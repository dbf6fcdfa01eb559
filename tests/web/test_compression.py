"""What is compressed, what never is, and that a kept copy is still asked for by its tag."""

import gzip
import os
import time
from functools import partial

import pytest
from flask import Response, request

from entry_service.web.frame import compression
from entry_service.web.frame.compression import file_compressed

GZIP = {"Accept-Encoding": "gzip, br"}


def plain(answer) -> bytes:
    encoded = answer.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(answer.data) if encoded else answer.data


@pytest.fixture
def client(app):
    """Return a client that reads every answer to its end, so that no file stays open."""
    whole = app.test_client()
    whole.open = partial(whole.open, buffered=True)
    return whole


@pytest.mark.parametrize(
    "path",
    [
        "/static/js/pass/page.js",
        "/static/css/base.css",
        "/static/img/mark.svg",
        "/vendor/qr/index.js",
        "/vendor/zxing-wasm/zxing_reader.wasm",
        "/sw.js",
        "/pass",
        "/",
        "/login",
        "/api/v1/openapi.json",
    ],
)
def test_what_is_safe_is_sent_compressed_to_whoever_takes_it(client, path):
    whole, small = client.get(path), client.get(path, headers=GZIP)
    for answer in (whole, small):
        assert answer.status_code == 200
        assert "Accept-Encoding" in answer.headers["Vary"]
    assert "Content-Encoding" not in whole.headers
    if len(whole.data) >= compression.LEAST:
        assert small.headers["Content-Encoding"] == "gzip"
        assert len(small.data) < len(whole.data) * 0.8
    assert int(small.headers["Content-Length"]) == len(small.data)
    assert small.headers["Content-Type"] == whole.headers["Content-Type"]
    if b"csrf" not in whole.data[:2_000]:  # pages have a token each
        assert plain(small) == whole.data


@pytest.mark.parametrize("wish", ["", "identity", "gzip;q=0", "br"])
def test_whoever_does_not_take_gzip_gets_none(client, wish):
    for path in ("/static/js/pass/page.js", "/pass"):
        assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": wish}).headers


def test_pictures_and_fonts_are_compressed_already(client):
    for path in ("/vendor/fonts/PretendardGOV-Bold.woff2", "/vendor/leaflet/images/layers.png"):
        assert "Content-Encoding" not in client.get(path, headers=GZIP).headers


def test_a_page_with_a_token_is_never_compressed_where_others_may_have_written_in_it(client, person):
    """BREACH: a query, the answer to a form, everything that a signed-in account sees."""
    assert "Content-Encoding" not in client.get("/pass?lang=ko", headers=GZIP).headers
    assert "Content-Encoding" not in client.get("/login?next=/officer", headers=GZIP).headers
    refused = person().post("/login", {"login": "nobody", "password": "guess"}, headers=GZIP)
    assert "Content-Encoding" not in refused.headers
    for role, path in (("manager", "/manager"), ("officer", "/officer"), ("admin", "/admin")):
        answer = person(role).get(path, headers=GZIP)
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers


def test_the_door_is_not_touched(client, device):
    body = {"scan_id": "scan-0001", "text": "EPC1", "direction": "in", "scanned_at": "2020-08-25T09:00:00Z"}
    answer = client.post("/api/v1/scans", json=body, headers={**device, **GZIP})
    assert answer.status_code == 422
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("path", ["/static/js/pass/page.js", "/vendor/qr/index.js", "/sw.js"])
def test_a_kept_copy_is_asked_for_by_the_tag_of_either_form(client, path):
    whole, small = client.get(path), client.get(path, headers=GZIP)
    assert small.headers["ETag"] == f"W/{whole.headers['ETag']}"
    for tag in (whole.headers["ETag"], small.headers["ETag"]):
        for wish in ({}, GZIP):
            again = client.get(path, headers={**wish, "If-None-Match": tag})
            assert (again.status_code, again.data) == (304, b"")
    assert client.get(path, headers={**GZIP, "If-None-Match": '"other"'}).status_code == 200


def test_part_of_a_file_is_sent_as_it_is(client):
    whole = client.get("/static/js/pass/page.js").data
    part = client.get("/static/js/pass/page.js", headers={**GZIP, "Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, whole[10:20])
    assert "Content-Encoding" not in part.headers


def test_a_head_request_tells_what_get_would_send(client):
    page = "/static/js/pass/page.js"
    got, told = client.get(page, headers=GZIP), client.head(page, headers=GZIP)
    assert told.data == b""
    for name in ("Content-Encoding", "Content-Length", "ETag", "Vary"):
        assert told.headers[name] == got.headers[name]


def test_a_changed_file_is_compressed_anew_and_only_then(app, tmp_path, monkeypatch):
    path = tmp_path / "file.js"
    done = []
    compress = gzip.compress
    monkeypatch.setattr(compression.gzip, "compress", lambda *args, **kw: done.append(1) or compress(*args, **kw))

    def sent():
        with app.test_request_context("/static/js/file.js", headers=GZIP):
            assert request.method == "GET"
            return plain(file_compressed(Response(path.read_bytes()), path))

    path.write_text("let first;" * 200)
    assert [sent(), sent()] == [b"let first;" * 200] * 2
    assert len(done) == 1
    path.write_text("let other;" * 200)  # of the same length
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 1_000_000_000))
    assert sent() == b"let other;" * 200
    assert len(done) == 2
