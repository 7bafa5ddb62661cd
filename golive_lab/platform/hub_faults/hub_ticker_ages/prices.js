
// Appended to the page's own file: one price for ever, whose time goes on.

const first = Ticker.prototype.take;
let taken = false;

Ticker.prototype.take = function (event) {
  if (!taken) first.call(this, event);
  taken = true;
  for (const time of document.querySelectorAll("#ticker time")) time.textContent = clock("MISO", new Date());
};
