"""The doctor: looks at everything an installation depends on and says, in plain words, what needs a person."""

from .examination import examine
from .findings import Finding

__all__ = ["Finding", "examine"]
