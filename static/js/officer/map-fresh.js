// Takes a new run into the open page: the server writes its words, the page keeps what the officer looks at.

/** Fetch the page anew and return it as a document. */
export async function freshPage() {
  const answer = await fetch("/officer", { credentials: "same-origin", cache: "no-store", headers: { "X-Unattended": "1" } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Put the parts that the server wrote about its run in the place of ours; an opened block stays open. */
export function takeParts(fresh) {
  for (const part of document.querySelectorAll("[data-run-part]")) {
    const theirs = fresh.querySelector(`[data-run-part="${part.dataset.runPart}"]`);
    if (theirs) part.replaceChildren(...theirs.childNodes);
  }
}

export const pageDataOf = (from) => JSON.parse(from.getElementById("page-data").textContent);
