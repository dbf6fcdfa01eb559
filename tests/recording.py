"""Keeps every log line of every logger, and every request and answer that passes the application."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote_plus

from entry_service.web.frame import logs

OWN_LEVELS = ("entry_service", "werkzeug", "alembic", "gunicorn", "sqlalchemy")


@dataclass(frozen=True)
class Answer:
    """One answer with what was asked; ``sent`` is the body of the request as text."""

    method: str
    path: str
    sent: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def told(self) -> str:
        """Return the headers, cookies aside."""
        return "\n".join(f"{name}: {value}" for name, value in self.headers if name != "Set-Cookie")

    def cookies(self, name: str) -> list[str]:
        """Return the values that a cookie gets, empty ones aside."""
        set_to = [value.split(";")[0].partition("=") for key, value in self.headers if key == "Set-Cookie"]
        return [value for found, _, value in set_to if found == name and value]


class Recorder(logging.Handler):
    """Keeps lines as people read them and as the service writes them, with their arguments; addresses; answers."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.addresses: list[str] = []
        self.answers: list[Answer] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += spellings(record)

    def around(self, wsgi):
        """Return the application with the recorder around it; addresses are kept as gunicorn's log has them."""

        def call(environ, start_response):
            sent = environ["wsgi.input"].read()
            environ["wsgi.input"].seek(0)
            seen = {}

            def start(status, headers, *exc):
                seen.update(status=int(status.split()[0]), headers=headers)
                return start_response(status, headers, *exc)

            chunks = wsgi(environ, start)
            body = b"".join(chunks)
            getattr(chunks, "close", lambda: None)()
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            asked = path + "?" + environ.get("QUERY_STRING", "")
            line = f'"{method} {asked}" {seen["status"]} "{environ.get("HTTP_REFERER", "-")}"'
            location = [value for name, value in seen["headers"] if name == "Location"]
            self.addresses += [line, *location]
            typed = unquote_plus(sent.decode("utf-8", "replace"))
            self.answers.append(Answer(method, path, typed, seen["status"], seen["headers"], body))
            return [body]

        return call


def spellings(record: logging.LogRecord) -> list[str]:
    """Return a line in every way that a handler could write it."""
    plain = logging.Formatter("%(name)s %(levelname)s %(message)s").format(record)
    return [plain, logs.JsonLines().format(record), repr(record.args), repr(getattr(record, "facts", ""))]


@contextmanager
def recording(kept: logging.Handler) -> Iterator[None]:
    """Let the handler hear everything at DEBUG, also of libraries."""
    root, level = logging.getLogger(), logging.getLogger().level
    own = [logging.getLogger(name) for name in OWN_LEVELS]
    levels = [one.level for one in own]
    root.addHandler(kept)
    for one in (root, *own):
        one.setLevel(logging.DEBUG)
    yield
    root.removeHandler(kept)
    root.setLevel(level)
    for one, before in zip(own, levels, strict=True):
        one.setLevel(before)
