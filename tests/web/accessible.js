// The checks of accessible.py that look at a page from inside; each returns sentences, none where all is well.
(() => {
  const TARGETS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=slider]";
  const KEYS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  const HIDDEN = ".visually-hidden, .skip-link, .maplibregl-map";
  const CUT = ["hidden", "clip"];
  const told = (one) => one.outerHTML.replace(/\s+/g, " ").slice(0, 110);
  const hasText = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const all = (kinds, root = document) => [...root.querySelectorAll(kinds)];

  function smallTargets(least) {
    const inSentence = (one) => getComputedStyle(one).display === "inline" && hasText(one.parentElement);
    const label = (one) => one.labels?.[0] ?? one;
    const seen = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !one.closest(HIDDEN);
    return all(TARGETS).filter((one) => seen(one) && !inSentence(one)).flatMap((one) => {
      const boxes = [one, label(one)].map((part) => part.getBoundingClientRect());
      const [width, height] = ["width", "height"].map((name) => Math.max(...boxes.map((box) => box[name])));
      return width + 0.5 >= least && height + 0.5 >= least ? [] : [`target of ${Math.round(width)} × ${Math.round(height)}: ${told(one)}`];
    });
  }

  function hiddenFocus() {
    const wrong = [], before = document.activeElement, top = scrollY;
    const shown = (part) => {
      const style = getComputedStyle(part);
      return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
    };
    for (const one of all(KEYS)) {
      if (one.tabIndex > 0) wrong.push(`tabindex ${one.tabIndex} changes the order: ${told(one)}`);
      if (one.tabIndex < 0 || one.disabled || !one.checkVisibility({ visibilityProperty: true })) continue;
      one.focus({ preventScroll: true });
      if (document.activeElement !== one) continue;
      if (!shown(one) && !shown(one.closest("label") ?? one)) wrong.push(`focus is not seen: ${told(one)}`);
    }
    document.activeElement?.blur?.();
    if (before !== document.body) before?.focus?.({ preventScroll: true });
    scrollTo(0, top);
    return wrong;
  }

  function cutText() {
    return all("main *, header *, footer *").filter((one) => {
      const style = getComputedStyle(one);
      if (!CUT.includes(style.overflowX) && !CUT.includes(style.overflowY)) return false;
      if (one.closest(`${HIDDEN}, svg, canvas`) || !one.checkVisibility() || !hasText(one)) return false;
      if (one.clientWidth <= 1) return false; // for screen readers only
      return one.scrollHeight > one.clientHeight + 2 || one.scrollWidth > one.clientWidth + 2;
    }).map((one) => `text is cut off: ${told(one)}`);
  }

  function facts() {
    const wrong = [];
    const say = (bad, sentence) => { if (bad) wrong.push(sentence); };
    const ids = all("[id]").map((one) => one.id);
    const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
    say(twice.length, `ids that stand there twice: ${twice}`);
    say(document.querySelector("meta[http-equiv=refresh i]"), "the page changes by itself");
    const zoom = document.querySelector("meta[name=viewport]")?.content ?? "";
    say(/user-scalable *= *(no|0)|maximum-scale/.test(zoom), "the page keeps people from zooming");
    say(document.querySelector("audio[autoplay], video[autoplay]:not([muted])"), "something makes a sound by itself");
    say(document.querySelector("[accesskey]"), "a single key does something");
    const moves = document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations === Infinity);
    say(moves.length && !document.querySelector("[data-stops-movement]:not([hidden])"), "a movement that cannot be stopped");
    const skip = document.querySelector(".skip-link");
    if (skip) {
      const first = document.querySelector("a[href], button, input:not([type=hidden]), select, textarea");
      say(first !== skip || !document.querySelector(skip.getAttribute("href")), "the skip link is not the first");
    }
    for (const field of all("[aria-invalid=true]")) {
      const names = (field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
      const said = names.some((name) => document.getElementById(name)?.textContent.trim());
      say(!said, `an error without its sentence: ${field.name || field.id}`);
    }
    for (const table of all("table")) say(!table.querySelector("th"), `a table without a header: ${told(table)}`);
    const bare = (text) => text.toLowerCase().replace(/[\s%.,·:+→←-]/g, "");
    for (const one of all("a[href], button")) {
      const label = one.getAttribute("aria-label") ?? "", text = bare(one.innerText ?? "");
      say(label && text.length > 1 && !bare(label).includes(text), `named otherwise than seen: ${told(one)}`);
    }
    return wrong;
  }

  globalThis.accessible = { smallTargets, hiddenFocus, cutText, facts };
})();
