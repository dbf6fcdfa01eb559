"""The tests of test_purge.py, with the vault in a process of its own."""

from tests.usecases.retention import test_purge

from .bringing import everything_of

globals().update(everything_of(test_purge))
