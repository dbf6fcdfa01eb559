"""Every route of the service, and somebody who may call it: for tests that walk all of them."""

import re

from flask import Flask
from werkzeug.routing import Rule

from .conftest import TOKENS, Person


def rules(app: Flask) -> list[Rule]:
    """Return the routes, each once."""
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint, sorted(rule.methods)))


def address(rule: Rule) -> str:
    """Return an address of the route, with something unknown in its variable parts."""
    path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
    return re.sub(r"<[^>]+>", "unknown", re.sub(r"<int:[^>]+>", "1", path))


def with_device(app: Flask) -> Person:
    """Return the browser of the staff device at GP-001."""
    someone = Person(app.test_client())
    someone.client.set_cookie("device", TOKENS["GP-001"])
    return someone


def signed_in_to(app: Flask, person, rule: Rule, callers: dict[str, Person]) -> Person:
    """Return somebody who may call the route; ``callers`` keeps people by role, because signing in is slow."""
    access = app.view_functions[rule.endpoint].access
    if access.device:
        return with_device(app)
    role = min(access.roles, default="")
    if role not in callers:
        callers[role] = person(role or None)
    return callers[role]


def documented(rule: str) -> str:
    """Return a route of the router as OpenAPI and docs/api.md write it: ``<path:name>`` is ``{name}``."""
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule)
