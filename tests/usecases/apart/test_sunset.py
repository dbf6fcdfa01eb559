"""The tests of test_sunset.py, with the vault in a process of its own."""

from tests.usecases.retention import test_sunset

from .bringing import everything_of

globals().update(everything_of(test_sunset))
