"""The tests of test_disclose.py, with the vault in a process of its own."""

from tests.usecases.cases import test_disclose

from .bringing import everything_of

globals().update(everything_of(test_disclose))
