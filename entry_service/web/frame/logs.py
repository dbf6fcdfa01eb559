"""Log lines of the service: one JSON object a line, nothing personal, times cut to the minute.

A line names the route as it is declared (never the address that was asked for), the status, the code of a refusal
and the milliseconds. No caller's address, no query, no body, no message of a fault: those hold what people typed.
Together with the minute this keeps the lines from being joined with the entry log (threats T32, T33).
"""

import json
import logging
import sys
from time import perf_counter

from flask import Flask, Response, g, request

log = logging.getLogger("entry_service.web")


class JsonLines(logging.Formatter):
    """Writes event, level, minute and the ``facts`` given in ``extra``; never exception texts."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line = {"at": self.formatTime(record, "%Y-%m-%dT%H:%M%z"), "level": record.levelname.lower()}
        line["event"] = record.getMessage() if record.name.startswith("entry_service") else record.name
        if record.exc_info and record.exc_info[0]:
            line["kind"] = record.exc_info[0].__name__
        return json.dumps({**line, **getattr(record, "facts", {})}, ensure_ascii=False)


def write_json_lines() -> None:
    """Send the lines of the service to standard error; called by ``serve``, not by ``create_app``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("entry_service", "gunicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)


def attach(app: Flask) -> None:
    """Log every refusal and fault; what went well is counted by the entry log itself."""

    @app.before_request
    def start_watch() -> None:
        g.started = perf_counter()

    @app.after_request
    def say(response: Response) -> Response:
        if response.status_code >= 400:
            route = request.url_rule.rule if request.url_rule else "-"
            took = round(1000 * (perf_counter() - g.get("started", perf_counter())))
            facts = {"method": request.method, "route": route, "status": response.status_code}
            log.info("refused", extra={"facts": {**facts, "code": g.get("code", ""), "ms": took}})
        return response
