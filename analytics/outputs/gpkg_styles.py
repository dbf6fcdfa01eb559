"""How QGIS draws hotspots.gpkg: the table `layer_styles`, which it reads by itself when a layer is opened.

One style of a layer is the default; the others stand in the menu of its styles. Fill and pattern differ, so that
the classes are told apart without colour. Format: QML of QGIS 3, and the columns that QGIS looks for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

import pandas as pd


@dataclass(frozen=True)
class Class:
    """One class of a style: value of the column, label, fill and outline (r,g,b), Qt brush, width in mm."""

    value: str
    label: str
    fill: str
    brush: str = "solid"
    outline: str = "183,201,232"
    width: float = 0.15


STATUS = (
    Class("hot", "핫스팟 · hot", "240,97,63", "b_diagonal", "30,33,36", 0.5),
    Class("not significant", "유의하지 않음 · not significant", "211,225,248"),
    Class("no data", "자료 없음 · no data", "195,201,210", "dense6", "195,201,210", 0.1),
)
AGREEMENT = (
    Class("both", "스캔과 Gi* 모두 · both", "189,44,15", "solid", "30,33,36", 0.5),
    Class("scan_only", "스캔만 · scan only", "240,97,63", "b_diagonal", "30,33,36", 0.4),
    Class("gi_only", "Gi*만 · Gi* only", "255,177,20", "f_diagonal", "138,92,0", 0.3),
    Class("neither", "둘 다 아님 · neither", "211,225,248"),
    Class("", "판단 못 함 · not judged", "195,201,210", "dense6", "195,201,210", 0.1),
)
KIND = (
    Class("person", "확진자 군집(판단) · persons", "0,0,0", "no", "30,33,36", 0.8),
    Class("visit", "방문 군집(참고) · visits", "0,0,0", "no", "9,106,179", 0.4),
)
STYLES = (
    ("hotspots", "판단 status", "status", STATUS, True),
    ("hotspots", "일치 agreement", "agreement", AGREEMENT, False),
    ("clusters", "군집 kind", "kind", KIND, True),
)


def layer_styles(columns: Iterable[str], stamp: str) -> pd.DataFrame:
    """Return the table `layer_styles`.

    Parameters
    ----------
    columns : of the layer hotspots; a style whose column it lacks is left out
    stamp : ISO 8601 in UTC, when the file was made
    """
    there = set(columns)
    kept = [one for one in STYLES if one[0] != "hotspots" or one[2] in there]
    rows = [
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": layer,
            "f_geometry_column": "geom",
            "styleName": name,
            "styleQML": qml(column, classes),
            "styleSLD": "",
            "useAsDefault": default,
            "description": name,
            "owner": "",
            "ui": "",
            "update_time": stamp,
        }
        for layer, name, column, classes, default in kept
    ]
    table = pd.DataFrame(rows)
    return table.assign(update_time=pd.to_datetime(table["update_time"], utc=True))


def qml(column: str, classes: Iterable[Class]) -> str:
    """Return a categorised style of polygons as QML."""
    root = ElementTree.Element("qgis", version="3.28", styleCategories="Symbology")
    renderer = ElementTree.SubElement(
        root, "renderer-v2", type="categorizedSymbol", attr=column, symbollevels="0", enableorderby="0"
    )
    categories = ElementTree.SubElement(renderer, "categories")
    symbols = ElementTree.SubElement(renderer, "symbols")
    for number, one in enumerate(classes):
        ElementTree.SubElement(
            categories, "category", symbol=str(number), value=one.value, label=one.label, render="true"
        )
        symbol = ElementTree.SubElement(symbols, "symbol", type="fill", name=str(number), alpha="1")
        layer = ElementTree.SubElement(symbol, "layer", attrib={"class": "SimpleFill"}, enabled="1", locked="0")
        facts = {
            "color": f"{one.fill},255",
            "style": one.brush,
            "outline_color": f"{one.outline},255",
            "outline_style": "solid",
            "outline_width": f"{one.width:g}",
            "outline_width_unit": "MM",
        }
        options = ElementTree.SubElement(layer, "Option", type="Map")
        for name, value in facts.items():
            ElementTree.SubElement(options, "Option", name=name, value=value, type="QString")
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return head + ElementTree.tostring(root, encoding="unicode")
