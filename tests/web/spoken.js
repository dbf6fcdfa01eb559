// What spoken.py asks from inside of a page: what live regions and the focus say, what changes in silence, languages.
(() => {
  if (globalThis.spoken) return;
  const LIVE = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], output";
  const text = (one) => (one.innerText ?? one.textContent ?? "").replace(/\s+/g, " ").trim();
  const seen = (one) => one.isConnected && one.checkVisibility({ visibilityProperty: true });
  const silenced = (one) => one.closest("[aria-hidden=true], [aria-live=off], [role=timer], script, style, template, [inert]");
  const said = [], silent = [];
  const name = (one) => one.getAttribute("aria-label") || text(one) || one.labels?.[0]?.innerText || one.id;

  function changed(records) {
    if (document.readyState !== "complete") return; // a page that comes is read, not announced
    const regions = new Set(), quiet = new Set();
    for (const { type, target, addedNodes, attributeName } of records) {
      const at = target.nodeType === 1 ? target : target.parentElement;
      if (!at || silenced(at) || !seen(at)) continue;
      if (attributeName?.startsWith("aria-")) {
        const value = at.getAttribute(attributeName);
        const option = attributeName === "aria-activedescendant" && document.getElementById(value);
        if (at === document.activeElement) said.push(option ? `고름: ${text(option)}` : `상태: ${attributeName.slice(5)} ${value}`);
        continue;
      }
      const region = at.closest(LIVE);
      const alert = [...addedNodes].find((one) => one.matches?.("[role=alert]") && seen(one));
      if (region || alert) regions.add(region ?? alert);
      else if (type === "childList") [...addedNodes].forEach((one) => quiet.add(one.nodeType === 1 ? one : at));
      else quiet.add(at);
    }
    for (const region of regions) {
      const urgent = region.matches("[role=alert], [aria-live=assertive]");
      if (text(region)) said.push(`${urgent ? "즉시" : "알림"}: ${text(region)}`);
    }
    for (const one of quiet) {
      const part = one.nodeType === 1 && text(one) && seen(one) && !silenced(one);
      if (part) silent.push(text(one).slice(0, 160));
    }
  }

  function begin() {
    const attributeFilter = ["hidden", "open", "aria-pressed", "aria-expanded", "aria-activedescendant", "aria-sort"];
    new MutationObserver(changed).observe(document, { subtree: true, childList: true, characterData: true, attributeFilter });
    document.addEventListener("focusin", ({ target }) => said.push(`초점: ${name(target).replace(/\s+/g, " ").slice(0, 120)}`));
  }

  function heard() {
    const parts = [...new Set(silent)].filter((one) => !said.some((line) => line.includes(one)));
    const quiet = parts.filter((one) => !parts.some((other) => other !== one && other.includes(one)));
    const all = [...said.filter((one, at) => one !== said[at - 1]), ...quiet.map((one) => `(침묵) ${one}`)];
    said.length = silent.length = 0;
    return all;
  }

  function fromTheBeginning() {
    document.activeElement?.blur();
    getSelection().removeAllRanges();
    scrollTo(0, 0);
    const mark = document.createElement("span");
    mark.tabIndex = -1;
    document.body.prepend(mark);
    mark.focus();
    mark.remove();
  }

  const HANGUL = /[가-힣]{2,}/, LATIN = /[A-Za-z]{2,}[ ,.]+[A-Za-z]{2,}[ ,.]+[A-Za-z]{2,}/;
  function complaints() {
    const wrong = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.parentElement, words = node.textContent.replace(/\s+/g, " ").trim();
      if (!words || at.closest("script, style, template, [translate=no], code") || !at.checkVisibility()) continue;
      const lang = at.closest("[lang]")?.getAttribute("lang") ?? "";
      if (HANGUL.test(words) && !lang.startsWith("ko")) wrong.add(`Korean read as ${lang}: ${words.slice(0, 60)}`);
      if (LATIN.test(words) && !HANGUL.test(words) && lang.startsWith("ko")) wrong.add(`English read as Korean: ${words.slice(0, 60)}`);
    }
    const before = {};
    for (const one of document.querySelectorAll("main a[href], main button")) {
      if (!one.checkVisibility() || one.closest("table, [role=listbox]")) continue;
      const spoken = one.getAttribute("aria-label") || text(one);
      const where = one.href ?? "";
      if (one.href && before[spoken] && before[spoken] !== where) wrong.add(`two links called ${spoken}`);
      before[spoken] = where;
    }
    return [...wrong];
  }

  globalThis.spoken = { heard, complaints, fromTheBeginning };
  begin();
})();
