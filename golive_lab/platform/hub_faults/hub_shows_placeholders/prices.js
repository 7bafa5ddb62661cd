
// Appended to the page's own file: rows with words, and none with a price.

Latest.prototype.fill = function () {
  const line = element("tr");
  line.append(element("td", "price", "No data available"));
  document.querySelector("#latest tbody").replaceChildren(line);
};
Latest.prototype.take = () => true;

Ticker.prototype.take = function () {
  document.querySelector("#ticker").replaceChildren(element("li", "", "Waiting for prices"));
};
