
// Appended to the page's own file: an axis, with the ticks at its ends, and no curve.

Plot.prototype.show = function () {
  const svg = drawn("svg", { width: 400, height: 40 });
  svg.append(drawn("path", { class: "curve", d: "M0.5,10V16H399.5V10", stroke: "currentColor", fill: "none" }));
  document.querySelector("#curve .plot").replaceChildren(svg);
};
