// The camera part of the door page: opens it, reads from it, offers the choice of camera and the light, and says in
// words why it cannot.

import { Reader } from "./reader.js";
import { Camera, CameraRefused } from "./camera.js";

const find = (id) => document.getElementById(id);

/**
 * Open the camera and hand the texts of every picture that has codes to `onTexts`; `facing` is the side it looks to where
 * none was chosen, `onDevice({ torch, awake })` is told what the device can.
 */
export function openEyes(words, { facing, onTexts, onDevice }) {
  const video = find("video");
  const camera = new Camera(video, () => start(), facing);
  let reader = null;
  let awake = null;

  async function start(deviceId) {
    find("camera-message").hidden = true;
    find("video-frame").dataset.state = "opening";
    try {
      if (deviceId) await camera.choose(deviceId);
      else await camera.open();
    } catch (error) {
      if (!(error instanceof CameraRefused)) throw error;
      refuse(error.message);
      return;
    }
    if (!camera.live) return;
    find("video-frame").dataset.state = "live";
    reader ??= new Reader(video, { onTexts, onFailure: () => explain(words.reader), onReady });
    reader.run();
    await offerChoices();
    await stayAwake();
  }

  /** Take back the word that the reader is missing; what is wrong with the camera still holds. */
  function onReady() {
    if (camera.live) find("camera-message").hidden = true;
  }

  function refuse(reason) {
    reader?.pause();
    find("video-frame").dataset.state = "off";
    find("camera-choice").hidden = find("torch").hidden = true;
    onDevice({ torch: null, awake: Boolean(navigator.wakeLock) });
    explain(words[reason], reason !== "insecure");
  }

  function explain(text, canRetry = false) {
    find("camera-message").hidden = false;
    find("camera-text").textContent = text;
    find("camera-retry").hidden = !canRetry;
  }

  async function offerChoices() {
    const cameras = await camera.list();
    const choice = find("camera-choice");
    choice.hidden = cameras.length < 2;
    const options = cameras.map(({ id, label }, at) => new Option(label || `${words.name} ${at + 1}`, id));
    find("camera-select").replaceChildren(...options);
    find("camera-select").value = camera.current;
    find("torch").hidden = !camera.hasTorch;
    find("video-frame").dataset.facing = camera.facing; // whoever looks at it sees a mirror
    onDevice({ torch: camera.hasTorch, awake: Boolean(navigator.wakeLock) });
    find("torch").setAttribute("aria-pressed", "false");
  }

  /** Keep the screen lit where the browser can; it is let go whenever the page is hidden. */
  async function stayAwake() {
    if (!navigator.wakeLock || (awake && !awake.released)) return;
    awake = await navigator.wakeLock.request("screen").catch(() => null); // a low battery refuses
  }

  find("camera-retry").addEventListener("click", () => start());
  find("camera-select").addEventListener("change", (event) => start(event.target.value));
  find("torch").addEventListener("click", async (event) => {
    const button = event.currentTarget;
    const on = button.getAttribute("aria-pressed") !== "true";
    try {
      await camera.light(on);
    } catch {
      return; // the light belongs to another program: it stays as it is
    }
    button.setAttribute("aria-pressed", String(on));
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      reader?.pause();
      camera.close(); // another program may use it, and the battery lasts
    } else start();
  });
  start();
}
