
// Appended to the page's own file: the customer's name stands elsewhere once it is there.

new MutationObserver(() => {
  if (document.body.dataset.state === "ready" && one("customer") !== null) one("customer").id = "account";
}).observe(document.body, { attributes: true });
