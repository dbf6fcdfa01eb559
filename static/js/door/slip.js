// The place of the written slip: its button opens a dialog, and only then the form's own module is loaded.

import { open } from "./dialogs.js";

const KEYS_AGAIN = 3_600_000; // ms after which the vault's keys are asked for anew; they last for two days more

/** Let the button open the form of door/slip-form.js; there is none on a gate or a kiosk. */
export function offerSlip({ service, queue, door, verdicts, results }) {
  const button = document.getElementById("slip-open");
  const dialog = document.getElementById("slip-dialog");
  if (!button || !dialog) return;
  let form = null;
  const keepKeys = () => service.dayKeys().catch(() => null); // kept now, for slips that are typed without network
  keepKeys();
  setInterval(keepKeys, KEYS_AGAIN);

  function saved({ at, item }) {
    if (!results.verdictOf(item.scan_id)) results.set(item.scan_id, at, verdicts.kept(true, item)); // not answered yet
  }

  async function mount() {
    const { mountSlipForm } = await import("./slip-form.js");
    const parts = { queue, facility: {}, now: () => service.now(), dayKeys: () => service.dayKeys(), onSaved: saved };
    return mountSlipForm(dialog, { ...parts, post: (item) => service.post(item) });
  }

  button.addEventListener("click", async () => {
    if (dialog.open) return;
    try {
      form ??= await mount();
    } catch {
      door.say(verdicts.named("no_slip")); // the module is not there: no network, and none kept
      return;
    }
    open(dialog);
    form.reset();
    form.focus();
  });
}
