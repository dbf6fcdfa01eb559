"""A QR symbol as one SVG path, for a page: nothing is stored, and no address leads to it."""

from entry_service.posters.symbol import QUIET_ZONE, modules_of


def symbol_path(text: str) -> dict[str, object]:
    """Return ``side`` (modules, with the quiet zone) and ``path``: a unit square for each dark module."""
    modules = modules_of(text)
    dark = zip(*(modules.nonzero()[axis] + QUIET_ZONE for axis in (1, 0)), strict=True)
    path = "".join(f"M{x} {y}h1v1h-1z" for x, y in dark)
    return {"side": len(modules) + 2 * QUIET_ZONE, "path": path}
