"""Every named refusal has a status, a code of its own, a Korean sentence, and a line in docs/api.md."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import entry_service
from entry_service.core import errors
from entry_service.web.frame import errors as web

ROOT = Path(__file__).resolve().parent.parent


def tree(base: type) -> list[type]:
    return [kind for child in base.__subclasses__() for kind in (child, *tree(child))]


@pytest.fixture(scope="module")
def kinds() -> list[type]:
    """Return all refusals, those defined beside the rooms that raise them included."""
    for module in pkgutil.walk_packages(entry_service.__path__, "entry_service."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return [kind for kind in tree(errors.EntryError) if kind.__module__.startswith("entry_service")]


@pytest.fixture(scope="module")
def documented() -> dict[str, int]:
    """Return code → status as the table of docs/api.md has them."""
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    return {code: int(status) for code, status in re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", text, re.M)}


def test_each_refusal_has_a_code_of_its_own(kinds):
    codes = [kind.code for kind in kinds]
    assert len(codes) == len(set(codes))


def test_each_refusal_has_a_client_or_server_status_and_a_korean_sentence(kinds):
    for kind in kinds:
        assert 400 <= kind.status <= 503, kind
        assert re.search("[가-힣]", kind.sentence), kind
        assert kind.sentence.endswith("."), kind


def test_each_refusal_is_documented_with_its_status_and_nothing_else_is(kinds, documented):
    raised = {kind.code: kind.status for kind in kinds}
    framework = {code: status for status, (code, _) in reversed(web.SENTENCES.items()) if code not in raised}
    handler = {web.CSRF[0]: 400, web.FAULT[0]: 500, "too_large": 413}
    assert documented == {**raised, **framework, **handler}


def test_the_framework_s_own_refusals_have_korean_sentences():
    for _, sentence in (*web.SENTENCES.values(), web.CSRF, web.FAULT):
        assert re.search("[가-힣]", sentence)
        assert sentence.endswith(".")


def test_a_refusal_carries_no_fact_in_its_class(kinds):
    """Facts belong to the instance: what one caller did must not be told to the next."""
    assert [kind for kind in kinds if {"facts", "field", "reading"} & set(vars(kind))] == []
