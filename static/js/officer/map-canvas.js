// A Leaflet layer that paints units on one canvas: which unit a pixel belongs to is worked out once a view, so that
// a step of the time is a table look-up a pixel, whatever the shapes are.

import * as L from "/vendor/leaflet/leaflet.js";

const AROUND = 0.15; // of the map's size, painted outside it, so that a drag shows no edge
const FINEST = 2; // device pixels a CSS pixel

export const UnitCanvas = L.Layer.extend({
  /** `shapes`: see map-shapes.js; `decorate(pen, pixel)`: draws over the units, `pixel([lat, lng])` → CSS pixels. */
  initialize(shapes, decorate) {
    Object.assign(this, { shapes, decorate, classes: new Uint8Array(shapes.count), tiles: new Uint32Array(64) });
  },

  onAdd(map) {
    this.canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated", this.getPane());
    this.pen = this.canvas.getContext("2d");
    map.on({ moveend: this.reset, resize: this.reset, zoomanim: this.animate }, this);
    this.reset();
  },

  onRemove(map) {
    map.off({ moveend: this.reset, resize: this.reset, zoomanim: this.animate }, this);
    this.canvas.remove();
  },

  /** Change what units look like: a class a unit, and 64 pixels a class (map-colours.js). */
  show(classes, tiles) {
    Object.assign(this, { classes, tiles });
    if (this.pixels) this.draw();
  },

  /** Change the units themselves, as a new run may. */
  use(shapes) {
    this.shapes = shapes;
    this.classes = new Uint8Array(shapes.count);
    if (this._map) this.reset();
  },

  /** Return the unit at a point of the map's container, -1 where there is none. */
  unitAt(point) {
    const { x, y } = point.subtract(this._map.layerPointToContainerPoint(this.corner));
    const [column, row] = [Math.floor(x * this.fine), Math.floor(y * this.fine)];
    return column >= 0 && row >= 0 && column < this.view.width && row < this.view.height ? this.pixels[row * this.view.width + column] : -1;
  },

  reset() {
    const map = this._map;
    const size = map.getSize();
    if (!size.x || !size.y) return;
    const around = size.multiplyBy(AROUND).ceil();
    this.corner = map.containerPointToLayerPoint(around.multiplyBy(-1));
    this.fine = Math.min(FINEST, window.devicePixelRatio || 1);
    const origin = map.getPixelOrigin().add(this.corner).multiplyBy(this.fine);
    const whole = size.add(around.multiplyBy(2));
    const [width, height] = [Math.round(whole.x * this.fine), Math.round(whole.y * this.fine)];
    this.view = { left: origin.x, top: origin.y, scale: 256 * 2 ** map.getZoom() * this.fine, width, height };
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
      this.picture = this.pen.createImageData(width, height);
      this.words = new Uint32Array(this.picture.data.buffer);
      this.pixels = new Int32Array(width * height);
    }
    Object.assign(this.canvas.style, { width: `${whole.x}px`, height: `${whole.y}px` });
    L.DomUtil.setPosition(this.canvas, this.corner);
    this.bounds = L.latLngBounds(map.layerPointToLatLng(this.corner), map.layerPointToLatLng(this.corner.add(whole)));
    this.shapes.paint(this.view, this.pixels);
    this.draw();
  },

  draw() {
    const { pixels, words, classes, tiles, view } = this;
    let at = 0;
    for (let y = 0; y < view.height; y += 1) {
      const line = (y & 7) << 3;
      for (let x = 0; x < view.width; x += 1, at += 1) {
        const unit = pixels[at];
        words[at] = unit < 0 ? 0 : tiles[(classes[unit] << 6) | line | (x & 7)];
      }
    }
    this.pen.setTransform(1, 0, 0, 1, 0, 0);
    this.pen.putImageData(this.picture, 0, 0);
    this.pen.setTransform(this.fine, 0, 0, this.fine, 0, 0);
    this.decorate(this.pen, (place) => this._map.latLngToLayerPoint(place).subtract(this.corner));
  },

  /** Stretch the picture while the map zooms; it is painted anew when the zoom has ended. */
  animate(event) {
    const scale = this._map.getZoomScale(event.zoom, this._map.getZoom());
    const offset = this._map._latLngBoundsToNewLayerBounds(this.bounds, event.zoom, event.center).min;
    L.DomUtil.setTransform(this.canvas, offset, scale);
  },
});
