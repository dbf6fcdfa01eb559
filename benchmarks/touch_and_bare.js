// What touch_and_bare.py asks from inside of a page; each check returns sentences, none where all is well.
(() => {
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]";
  const told = (one) => one.outerHTML.replace(/\s+/g, " ").slice(0, 110);
  const all = (kinds) => [...document.querySelectorAll(kinds)];
  const seen = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const aside = (one) => one.closest(".visually-hidden, .skip-link, [inert], fieldset[disabled]");

  // A tap in the middle of a control must reach it, its label or something inside of it; a hidden radio, its label.
  function tapped(one) {
    const label = one.labels?.[0];
    const box = [one, label].filter(Boolean).map((part) => part.getClientRects()[0]).filter((rect) => rect?.width > 1).at(-1);
    if (!box) return true;
    (label ?? one).scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const now = [one, label].filter(Boolean).map((part) => part.getClientRects()[0]).filter((rect) => rect?.width > 1).at(-1);
    const hit = document.elementFromPoint(now.left + now.width / 2, now.top + now.height / 2);
    return hit && (one.contains(hit) || label?.contains(hit) || hit.contains(one));
  }

  function complaints() {
    const wrong = [];
    for (const one of all(CONTROLS)) {
      if (one.disabled || !seen(one) || aside(one)) continue;
      if (!tapped(one)) wrong.push(`a tap does not reach it: ${told(one)}`);
    }
    const zoom = document.querySelector("meta[name=viewport]")?.content ?? "";
    if (/user-scalable *= *(no|0)|maximum-scale/.test(zoom)) wrong.push("fingers may not zoom");
    for (const one of all("body, main, main *")) {
      if (["none", "pan-x", "pan-y"].includes(getComputedStyle(one).touchAction) && !one.closest(".leaflet-container")) wrong.push(`fingers may not zoom or scroll on it: ${told(one)}`);
    }
    for (const sheet of document.styleSheets) {
      for (const rule of sheet.cssRules) {
        const shows = rule.selectorText?.includes(":hover") && /display|visibility|opacity|height/.test(rule.style.cssText);
        if (shows && !/:focus/.test(rule.selectorText)) wrong.push(`hovering shows something: ${rule.cssText.slice(0, 110)}`);
      }
    }
    return [...new Set(wrong)];
  }

  function bare() {
    const wrong = [];
    for (const one of all("svg, img, canvas, video")) {
      const box = one.getBoundingClientRect();
      if (seen(one) && box.height > 500 && one.closest("a, button, p, h1, h2, header, .door-verdict")) wrong.push(`a picture of ${Math.round(box.width)} × ${Math.round(box.height)}: ${told(one)}`);
    }
    for (const one of all("[hidden], dialog:not([open])")) if (seen(one)) wrong.push(`hidden by style only: ${told(one)}`);
    for (const one of all("button, a[href]")) {
      const name = one.innerText?.trim() || one.getAttribute("aria-label") || one.querySelector("img[alt]:not([alt=''])")?.alt;
      if (seen(one) && !name) wrong.push(`a control without words: ${told(one)}`);
      const text = one.innerText?.trim() ?? "";
      if (seen(one) && !one.closest("[aria-hidden=true]") && /^[^\p{L}\p{N}+−–]$/u.test(text)) wrong.push(`a sign for words: ${text} ${told(one)}`);
    }
    return [...new Set(wrong)];
  }

  globalThis.touching = { complaints, bare };
})();
