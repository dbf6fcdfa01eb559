"""What a file of this folder takes from one beside it: its tests and their fixtures."""

from types import ModuleType


def everything_of(module: ModuleType) -> dict[str, object]:
    """Return the names of a module, for the globals of another."""
    return {name: value for name, value in vars(module).items() if not name.startswith("__")}
