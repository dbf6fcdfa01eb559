"""The tests of test_issue_pass.py, with the vault in a process of its own."""

from tests.usecases.doors import test_issue_pass

from .bringing import everything_of

globals().update(everything_of(test_issue_pass))
