// Who signs out leaves no list on the phone; what is not sent stays, sealed, until the same account signs in again.

import { DoorStore } from "../door/store.js";
import { forgetList } from "./list.js";

for (const form of document.querySelectorAll('form[action="/logout"]')) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await forgetList(new DoorStore({ name: "entry-field" })).catch(reportError);
    form.submit();
  });
}
