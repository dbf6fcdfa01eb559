"""Browser packages, served from our own origin by an allow-list; nothing is loaded from outside.

The files are installed by ``npm ci`` from a lock file with integrity hashes, not committed. The list below is the
whole of what a browser can fetch of them.
"""

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from entry_service.core.errors import NotFound

from .access import public
from .compression import file_compressed

NODE_MODULES = Path(__file__).resolve().parents[3] / "static" / "node_modules"

FILES = {  # address below /vendor/ → file below static/node_modules/
    "zxing-wasm/reader/index.js": "zxing-wasm/dist/es/reader/index.js",
    "zxing-wasm/share.js": "zxing-wasm/dist/es/share.js",
    "zxing-wasm/zxing_reader.wasm": "zxing-wasm/dist/reader/zxing_reader.wasm",
    "leaflet/leaflet.js": "leaflet/dist/leaflet-src.esm.js",
    "leaflet/leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet/images/layers.png": "leaflet/dist/images/layers.png",
    "leaflet/images/layers-2x.png": "leaflet/dist/images/layers-2x.png",
    "leaflet/images/marker-icon.png": "leaflet/dist/images/marker-icon.png",
    "qr/index.js": "qr/index.js",
    "noble-hashes/sha2.js": "@noble/hashes/sha2.js",
    "noble-hashes/_md.js": "@noble/hashes/_md.js",
    "noble-hashes/_u64.js": "@noble/hashes/_u64.js",
    "noble-hashes/utils.js": "@noble/hashes/utils.js",
    "noble-ed25519/index.js": "@noble/ed25519/index.js",
    "hpke/index.js": "hpke/index.js",
    "fonts/PretendardGOV-Regular.woff2": "krds-uiux/resources/fonts/PretendardGOV-Regular.subset.woff2",
    "fonts/PretendardGOV-Medium.woff2": "krds-uiux/resources/fonts/PretendardGOV-Medium.subset.woff2",
    "fonts/PretendardGOV-Bold.woff2": "krds-uiux/resources/fonts/PretendardGOV-Bold.subset.woff2",
}
TYPES = {".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".woff2": "font/woff2"}

blueprint = Blueprint("vendor", __name__)


@blueprint.get("/vendor/<path:name>")
@public
def file(name: str) -> Response:
    """Serve one listed file; a font may be kept by the browser for good, the rest is asked for again."""
    if name not in FILES:
        raise NotFound()
    source = Path(FILES[name])
    keep = 31_536_000 if source.suffix in {".woff2", ".wasm"} else None
    sent = send_from_directory(NODE_MODULES, source, mimetype=TYPES.get(source.suffix), max_age=keep)
    return file_compressed(sent, NODE_MODULES / source)
