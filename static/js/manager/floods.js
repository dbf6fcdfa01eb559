// A flood of poster entries is told on a page that is open already: the banner is asked for anew.

const banner = () => document.getElementById("floods");

async function refresh() {
  const shown = banner();
  if (document.visibilityState === "visible" && !shown.contains(document.activeElement)) {
    try {
      const answer = await fetch(shown.dataset.address, { headers: { Accept: "text/html", "X-Unattended": "1" } });
      const said = answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("floods") : null;
      if (said && said.dataset.state !== shown.dataset.state) shown.replaceWith(document.importNode(said, true));
    } catch {
      // no network: the figure of people inside says so already
    }
  }
  setTimeout(refresh, banner().dataset.seconds * 1000);
}

setTimeout(refresh, banner().dataset.seconds * 1000);
