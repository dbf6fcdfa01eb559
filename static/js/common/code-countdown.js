// The codes of the demonstration change every half minute: the seconds are counted down, then the page loads anew.

const notice = document.querySelector("[data-left]");

if (notice) {
  const ends = performance.now() + Number(notice.dataset.left) * 1000;
  const shown = notice.querySelector(".code-time");
  const timer = setInterval(() => {
    const left = Math.ceil((ends - performance.now()) / 1000);
    if (left > 0) shown.textContent = notice.dataset.words.replace("%s", left);
    else {
      clearInterval(timer);
      location.reload();
    }
  }, 250);
}
