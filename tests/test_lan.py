"""The self-made certificate lets another machine speak HTTPS with the demo."""

import http.server
import ssl
import stat
import threading
import urllib.request
from datetime import UTC, datetime, timedelta

from entry_service import lan


def test_the_certificate_is_accepted_for_the_loopback_address(tmp_path):
    now = datetime.now(UTC)
    cert, key, _ = lan.certificate(tmp_path / "keys", now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.RequestHandlerClass.log_message = lambda *_: None
    threading.Thread(target=server.handle_request, daemon=True).start()
    trust = ssl.create_default_context(cafile=str(cert))
    with urllib.request.urlopen(f"https://127.0.0.1:{server.server_port}/", context=trust, timeout=10) as answer:
        assert answer.status == 200
    server.server_close()


def test_the_key_is_private_and_kept_until_it_runs_out(tmp_path):
    now = datetime(2020, 8, 25, tzinfo=UTC)
    cert, key, _ = lan.certificate(tmp_path, now)
    first = cert.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert lan.certificate(tmp_path, now + timedelta(days=5))[0].read_bytes() == first
    assert lan.certificate(tmp_path, now + timedelta(days=29, hours=12))[0].read_bytes() != first
