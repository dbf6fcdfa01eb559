// What a page was told to say on its arrival: a live region speaks of changes only, so each notice arrives once more.

const WAIT = 400; // ms; the reader begins with the title of the page, and would be cut short

setTimeout(() => {
  for (const notice of document.querySelectorAll("main > .notice[role=status]")) notice.replaceChildren(...[...notice.childNodes].map((part) => part.cloneNode(true)));
}, WAIT);
