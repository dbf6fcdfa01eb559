"""Let QGIS draw each layer of a GeoPackage as a person sees it who opens it: with the style stored beside it.

Runs with the Python that has PyQGIS (Debian: python3-qgis), without a display. Prints for each layer its features,
coordinate system, renderer and the labels of its legend, and writes one picture of all.
``QT_QPA_PLATFORM=offscreen /usr/bin/python3 benchmarks/qgis_draws.py hotspots.gpkg out.png``
"""

import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

SIZE = QSize(1_400, 1_100)
MARGIN = 1.05


def main() -> None:
    """Draw the layers of the file that is named."""
    source, picture = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    application = QgsApplication([], False)
    application.initQgis()
    whole = QgsVectorLayer(str(source), "all", "ogr")
    names = [one.split("!!::!!")[1] for one in whole.dataProvider().subLayers()]
    layers = [QgsVectorLayer(f"{source}|layername={name}", name, "ogr") for name in names]
    layers = [layer for layer in layers if layer.isValid() and layer.isSpatial()]
    for layer in layers:
        said, styled = layer.loadDefaultStyle()
        legend = ", ".join(item.label() for item in layer.renderer().legendSymbolItems())
        print(
            f"{layer.name()}: {layer.featureCount()} features, {layer.crs().authid()}, "
            f"{layer.renderer().type()} ({'stored style' if styled else said}): {legend}"
        )
    settings = QgsMapSettings()
    settings.setLayers(sorted(layers, key=lambda layer: layer.name() == "hotspots"))
    settings.setDestinationCrs(layers[0].crs())
    settings.setOutputSize(SIZE)
    settings.setBackgroundColor(QColor("white"))
    extent = next(layer for layer in layers if layer.name() == "hotspots").extent()
    extent.scale(MARGIN)
    settings.setExtent(extent)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(str(picture))
    print(f"{picture}: {[one.message for one in job.errors()] or 'drawn without errors'}")


if __name__ == "__main__":
    main()
