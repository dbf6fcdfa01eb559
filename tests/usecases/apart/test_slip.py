"""The tests of test_slip.py, with the vault in a process of its own."""

from tests.usecases.doors import test_slip

from .bringing import everything_of

globals().update(everything_of(test_slip))
