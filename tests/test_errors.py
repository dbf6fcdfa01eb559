"""Every named refusal has a status, a code of its own, a Korean sentence, and a line in docs/api.md."""

import re
from pathlib import Path

import pytest

from entry_service.core import errors

ROOT = Path(__file__).resolve().parent.parent


def tree(base: type) -> list[type]:
    return [kind for child in base.__subclasses__() for kind in (child, *tree(child))]


@pytest.fixture(scope="module")
def kinds() -> list[type]:
    """Return all refusals, those defined beside the rooms that raise them included."""
    import entry_service  # noqa: F401 - registers the subclasses that live elsewhere
    from entry_service import create_app  # noqa: F401

    return [kind for kind in tree(errors.EntryError) if kind.__module__.startswith("entry_service")]


def test_each_refusal_has_a_code_of_its_own(kinds):
    codes = [kind.code for kind in kinds]
    assert len(codes) == len(set(codes))


def test_each_refusal_has_a_client_or_server_status_and_a_korean_sentence(kinds):
    for kind in kinds:
        assert 400 <= kind.status <= 503, kind
        assert re.search("[가-힣]", kind.sentence), kind
        assert kind.sentence.endswith("."), kind


def test_each_refusal_is_documented(kinds):
    documented = set(re.findall(r"`([a-z_]+)`", (ROOT / "docs" / "api.md").read_text(encoding="utf-8")))
    assert {kind.code for kind in kinds} - documented == set()
