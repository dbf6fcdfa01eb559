"""The proxies' files as they are shipped: real nginx and Caddy in front of a real service and slow callers."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from benchmarks import slow_bodies
from benchmarks.door_load import connected


@pytest.mark.parametrize("name", sorted(slow_bodies.PROXIES))
def test_callers_who_send_a_byte_a_second_keep_no_door_waiting(name):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed here (Debian: nginx-light, caddy)")
    found = slow_bodies.run(name, seconds=6, slow=40)
    assert found.sent > 10
    assert found.acknowledged == found.sent
    assert found.metrics == 404


@pytest.mark.parametrize("name", sorted(slow_bodies.PROXIES))
def test_the_lines_for_the_kakaotalk_channel_let_in_only_the_addresses_that_are_named(name, tmp_path, monkeypatch):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed here (Debian: nginx-light, caddy)")
    for file in slow_bodies.PROXY.iterdir():
        head, channel, lines = file.read_text().partition("# The KakaoTalk channel")
        remark, _, lines = lines.partition("\n")
        lines, end, rest = lines.partition("\n\treverse_proxy" if name == "caddy" else "\n    }\n}")
        (tmp_path / file.name).write_text(f"{head}{channel}{remark}\n{lines.replace('# ', '')}{end}{rest}")
    monkeypatch.setattr(slow_bodies, "PROXY", tmp_path)
    with slow_bodies.standing(name, tmp_path, service=slow_bodies.free_port()) as port:
        found = [slow_bodies.status(port, path) for path in ("/kakao/help", "/my")]
    assert found == [403, 502]  # nothing stands behind the proxy


@contextmanager
def answering(heard: list[str], *, breaks: bool = False) -> Iterator[int]:
    """Answer every POST on a port, or take it and hang up."""

    class Taken(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if breaks:
                self.close_connection = True
                return
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taken)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def posted(port: int, number: int) -> int:
    """Send one scan through the proxy; return the status."""
    body = f"scan-{number}"
    with connected(port, tls=True) as way:
        head = f"POST /api/v1/scans HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
        way.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        return int(way.recv(1_000).split()[1])


def for_two(name: str, second: int, folder) -> None:
    """Switch on what the shipped file of a proxy says of two services."""
    for file in slow_bodies.PROXY.iterdir():
        text = file.read_text()
        if name == "nginx":
            text = text.replace("# server 127.0.0.1:8001", f"server 127.0.0.1:{second}")
        else:
            text = text.replace(
                "reverse_proxy 127.0.0.1:8000 {", f"reverse_proxy 127.0.0.1:8000 127.0.0.1:{second} {{"
            )
            text = text.replace("# lb_try", "lb_try").replace("# fail_duration", "fail_duration")
        (folder / file.name).write_text(text)


@pytest.mark.parametrize("name", sorted(slow_bodies.PROXIES))
def test_where_one_of_two_services_is_away_no_scan_waits_and_none_is_sent_twice(name, tmp_path, monkeypatch):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed here (Debian: nginx-light, caddy)")
    first, second, broken = [], [], []
    own, files = tmp_path / "own", tmp_path / "files"
    for folder in (own, files):
        folder.mkdir()
    with answering(second) as other:
        for_two(name, other, files)
        monkeypatch.setattr(slow_bodies, "PROXY", files)
        with answering(first) as one, slow_bodies.standing(name, own, service=one) as port:
            assert {posted(port, number) for number in range(30)} == {201}
        assert first  # both take their part
        assert second
        with slow_bodies.standing(name, own, service=slow_bodies.free_port()) as port:
            assert {posted(port, number) for number in range(30, 60)} == {201}
        assert {f"scan-{number}" for number in range(30, 60)} <= set(second)
        with answering(broken, breaks=True) as one, slow_bodies.standing(name, own, service=one) as port:
            for number in range(60, 70):
                posted(port, number)
        assert broken
        heard = broken + [one for one in second if one in broken]
        assert len(heard) == len(set(heard))


def test_no_server_of_nginx_keeps_a_log_of_callers():
    text = (slow_bodies.PROXY / "nginx.conf").read_text(encoding="utf-8")
    servers = text.split("\nserver {\n")[1:]
    assert [("access_log off;" in one, " crit;" in one) for one in servers] == [(True, True)] * 2
