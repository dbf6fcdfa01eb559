// A page that shows something of the moment comes anew by itself.

const EVERY = 30_000; // milliseconds

setInterval(() => location.reload(), EVERY);
