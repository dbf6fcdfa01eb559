// Opens the camera of the door: the one that looks to the wanted side, or the one chosen before.

const CHOSEN = "door-camera"; // which camera was chosen last, on this device

/** Why the camera cannot be opened: "insecure", "denied", "none", "busy" or "other". */
export class CameraRefused extends Error {}

const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
};

export class Camera {
  #stream = null;
  #opening = 0;

  /** Show the camera in `video`; `onEnded` is told when the system takes the camera away; `facing` as in MediaTrackSettings. */
  constructor(video, onEnded, facing = "environment") {
    Object.assign(this, { video, onEnded, usual: { facingMode: { ideal: facing } } });
  }

  /** Open the camera, by id if one is given; throws CameraRefused. */
  async open(deviceId = localStorage.getItem(CHOSEN)) {
    if (!navigator.mediaDevices?.getUserMedia) throw new CameraRefused("insecure");
    this.close();
    const turn = ++this.#opening;
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    let stream;
    try {
      stream = await this.#ask({ ...size, ...(deviceId ? { deviceId: { exact: deviceId } } : this.usual) });
    } catch (error) {
      if (!deviceId || REASONS[error.name] !== "none") throw new CameraRefused(REASONS[error.name] ?? "other");
      localStorage.removeItem(CHOSEN); // that camera is gone: take any
      return this.open(null);
    }
    if (turn !== this.#opening) {
      for (const track of stream.getTracks()) track.stop(); // opened again or closed meanwhile
      return undefined;
    }
    this.#stream = stream;
    stream.getVideoTracks()[0].addEventListener("ended", this.onEnded);
    this.video.srcObject = stream;
    await this.video.play().catch(() => {}); // a hidden page starts to play when it is shown
    return stream;
  }

  #ask(video) {
    return navigator.mediaDevices.getUserMedia({ audio: false, video });
  }

  /** Open another camera and remember it. */
  async choose(deviceId) {
    localStorage.setItem(CHOSEN, deviceId);
    await this.open(deviceId);
  }

  /** Return the cameras there are, { id, label }; labels are empty before the first permission. */
  async list() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices
      .filter((device) => device.kind === "videoinput" && device.deviceId)
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  /** Return the id of the camera that is open. */
  get current() {
    return this.#track?.getSettings().deviceId;
  }

  /** Return which way the camera looks: "user" towards whoever looks at the screen, "" where it is not known. */
  get facing() {
    return this.#track?.getSettings().facingMode ?? "";
  }

  /** Say whether the camera runs. */
  get live() {
    return this.#track?.readyState === "live";
  }

  /** Say whether this camera has a light. */
  get hasTorch() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  /** Turn the light on or off. */
  async light(on) {
    await this.#track.applyConstraints({ advanced: [{ torch: on }] });
  }

  /** Give the camera back. */
  close() {
    this.#opening += 1;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }
}
