// A poster's ticket names where and when: the phone notes it for its notices, where its owner turned them on.

import { keepTicket } from "../pass/been.js";
import { readNotices } from "../pass/notices.js";

if (readNotices().on) {
  for (const ticket of JSON.parse(document.getElementById("ticket-visits").textContent)) keepTicket(ticket, Date.now());
}
