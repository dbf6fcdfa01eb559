// Before the first result: ask for one, and open the map when it is there.

import { Live } from "/static/js/officer/map-live.js";

const { words } = JSON.parse(document.getElementById("page-data").textContent);
new Live({ ...words, current: words.none }, () => ({ run: null }), () => location.reload()).start();
