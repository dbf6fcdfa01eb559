"""The tests of test_search_phone.py, with the vault in a process of its own."""

from tests.usecases.cases import test_search_phone

from .bringing import everything_of

globals().update(everything_of(test_search_phone))
