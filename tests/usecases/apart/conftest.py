"""The tests of the use cases once more, with the vault in a process of its own.

A file here brings in the tests of one beside this folder. Their door opens its services the way a web process does
with ENTRY_VAULT_SOCKET; only the tests' own look into the vault's database reads it directly.
"""

from contextlib import ExitStack

import pytest

from entry_service.services import open_services
from entry_service.store.database.engine import open_store
from tests.vault.apart import served_apart

# These replace a part of a vault in their own process, which here is another.
REPLACES_THE_VAULT = {
    "test_deposit_first_log_second",
    "test_without_a_durable_contact_there_is_no_pass",
    "test_without_the_audit_no_list_leaves",
    "test_the_subject_is_written_down_before_the_vault_is_asked",
    "test_a_day_has_a_budget_of_searches",
}


def pytest_collection_modifyitems(items):
    """Run on SQLite: to the web side both databases are the same socket, and tests/vault has each behind it."""
    here = [item for item in items if "/apart/" in item.path.as_posix()]
    items[:] = [item for item in items if item not in here or "[postgresql" not in item.name]


@pytest.fixture(autouse=True)
def vault_in_another_process(request, monkeypatch):
    """Let doors and logs of this folder's tests find their vault behind a socket."""
    if request.function.__name__ in REPLACES_THE_VAULT:
        pytest.skip("replaces a part of the vault in its own process")
    with ExitStack() as ending:

        def open_apart(settings, now, **options):
            apart = ending.enter_context(served_apart(settings))
            services = open_services(apart, now, **options)
            services.vault.store = open_store(settings.vault_address, writer=False)
            ending.callback(services.vault.store.close)
            return services

        for door in ("tests.usecases.door", "tests.usecases.small_log"):
            monkeypatch.setattr(f"{door}.open_services", open_apart)
        yield
