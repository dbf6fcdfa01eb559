"""The tests of test_trace.py, with the vault in a process of its own."""

from tests.usecases.cases import test_trace

from .bringing import everything_of

globals().update(everything_of(test_trace))
