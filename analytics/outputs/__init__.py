"""Forms of a result for people: a map for the browser, a picture, a file for geographic information systems."""

from importlib import import_module
from pathlib import Path

MAPS = {
    "hotspots.gpkg": ("gpkg", "write_gpkg"),
    "map.html": ("map_html", "write_html"),
    "map.png": ("map_png", "write_png"),
}


def draw(name: str, folder: Path, units, verdict, summary: dict[str, object]) -> None:
    """Draw one of MAPS into the folder.

    What draws is loaded here, half a second, in the thread that draws.
    """
    module, write = MAPS[name]
    getattr(import_module(f".{module}", __package__), write)(folder / name, units, verdict, summary)
