// Reads QR codes in pictures, away from the page's own thread, with zxing-wasm from our own origin.
// In: { number, width, height, pixels }. Out: { ready } once, then { number, texts } a picture, or { failed }.

import { prepareZXingModule, readBarcodes } from "/vendor/zxing-wasm/reader/index.js";
import { sharpened } from "./sharpen.js";

const HOW = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 3 };

const loading = prepareZXingModule({
  overrides: { locateFile: (name) => `/vendor/zxing-wasm/${name}` },
  fireImmediately: true,
});
loading.then(
  () => postMessage({ ready: true }),
  () => postMessage({ failed: true }),
);

addEventListener("message", async ({ data: { number, width, height, pixels } }) => {
  try {
    await loading;
    // Every other picture is sharpened first: a phone is held up for many, and one kind or the other reads it.
    const plain = new Uint8ClampedArray(pixels);
    const shown = number % 2 ? sharpened(plain, width, height) : plain;
    const found = await readBarcodes(new ImageData(shown, width, height), HOW);
    postMessage({ number, texts: found.map((code) => code.text) });
  } catch {
    postMessage({ failed: true });
  }
});
