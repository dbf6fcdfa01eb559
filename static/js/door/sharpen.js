// Brings out the edges of a picture that is unsharp, noisy or glaring: what stands out from its surroundings, five-fold.

const REACH = 3; // pixels to each side that count as surroundings; a module of a code held up is 3 to 8 pixels wide
const STRENGTH = 4;

/** Return the RGBA pixels in grey, sharpened; `pixels` is a Uint8ClampedArray of width × height × 4. */
export function sharpened(pixels, width, height) {
  const grey = new Float32Array(width * height);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 4) {
    grey[at] = 0.3 * pixels[from] + 0.6 * pixels[from + 1] + 0.1 * pixels[from + 2];
  }
  const around = averaged(averaged(grey, height, width, width, 1), width, height, 1, width);
  const sharp = new Uint8ClampedArray(pixels.length);
  for (let at = 0, to = 0; at < grey.length; at += 1, to += 4) {
    sharp[to] = sharp[to + 1] = sharp[to + 2] = grey[at] + STRENGTH * (grey[at] - around[at]);
    sharp[to + 3] = 255;
  }
  return sharp;
}

/** Return the running average along `lines` lines of `length` values, which lie `line` and `step` apart. */
function averaged(values, lines, length, line, step) {
  const result = new Float32Array(values.length);
  for (let start = 0; start < lines * line; start += line) {
    let sum = 0;
    let many = 0;
    for (let at = 0; at < length + REACH; at += 1) {
      if (at < length) {
        sum += values[start + at * step];
        many += 1;
      }
      if (at > 2 * REACH) {
        sum -= values[start + (at - 2 * REACH - 1) * step];
        many -= 1;
      }
      if (at >= REACH) result[start + (at - REACH) * step] = sum / many;
    }
  }
  return result;
}
