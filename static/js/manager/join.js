// Moves the secret of an invitation from the address, where its QR puts it, into the form. It leaves the address at
// once: no history, bookmark or shared link keeps it. Whoever presses the button joins; opening the page does not, so
// that a preview or a messenger's own browser uses no invitation up.

const SECRET = /^[0-9A-HJKMNP-TV-Z]{16}$/;
const find = (id) => document.getElementById(id);
const {unreadable} = JSON.parse(find("page-data").textContent);

function take() {
  const brought = location.hash.slice(1);
  if (!brought || brought === "main" || brought === "display") return;
  history.replaceState(null, "", location.pathname);
  const readable = SECRET.test(brought);
  find("secret").value = readable ? brought : "";
  find("invited").hidden = !readable;
  find("typing").hidden = readable;
  find("unreadable").hidden = readable;
  find("unreadable").textContent = readable ? "" : unreadable;
  if (readable) find("join").querySelector("button").focus();
}

addEventListener("hashchange", take);
take();
