// A hub's forward curve: one step a contract month, drawn at the width that there is.

import { drawn, price } from "./words.js";

const HEIGHT = 290;
const EDGE = { top: 30, right: 14, bottom: 42, left: 46 };
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export class Plot {
  #place;
  #curve = null;
  #chosen = null;

  /** Draws into `place`, again whenever its width changes. */
  constructor(place) {
    this.#place = place;
    new ResizeObserver(() => this.#draw()).observe(place);
  }

  /** Show a curve as the platform gives it, or nothing for null. */
  show(curve) {
    this.#curve = curve;
    this.#chosen = null;
    this.#draw();
  }

  #draw() {
    const width = this.#place.clientWidth;
    if (this.#curve === null || width === 0) {
      this.#place.replaceChildren();
      return;
    }
    const points = this.#curve.points;
    const scale = scales(points, width);
    const words = `Forward curve of ${this.#curve.hub}, ${points.length} months from ${month(points[0].month)}, ` +
      `between ${price(scale.low)} and ${price(scale.high)} USD/MWh. Arrow keys read single months.`;
    const svg = drawn("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, height: HEIGHT, role: "img", tabindex: 0, "aria-label": words });
    svg.append(...axes(points, scale, width), ...steps(points, scale));
    const marks = drawn("g");
    svg.append(marks);
    this.#listen(svg, marks, scale);
    this.#place.replaceChildren(svg);
    this.#read(marks, scale);
  }

  #listen(svg, marks, scale) {
    const points = this.#curve.points;
    const choose = (place) => {
      this.#chosen = place === null ? null : Math.min(points.length - 1, Math.max(0, place));
      this.#read(marks, scale);
    };
    const follow = (event) => choose(Math.floor((event.clientX - svg.getBoundingClientRect().left - EDGE.left) / scale.step));
    svg.addEventListener("pointermove", follow);
    svg.addEventListener("pointerdown", follow);
    svg.addEventListener("pointerleave", () => choose(null));
    svg.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (move === undefined) return;
      event.preventDefault();
      choose((this.#chosen ?? (move > 0 ? -1 : points.length)) + move);
    });
  }

  #read(marks, scale) {
    marks.replaceChildren();
    if (this.#chosen === null) return;
    const point = this.#curve.points[this.#chosen];
    const x = scale.x(this.#chosen + 0.5);
    const end = x > scale.right - 90 ? "end" : x < EDGE.left + 90 ? "start" : "middle";
    marks.append(
      drawn("line", { class: "cursor", x1: x, x2: x, y1: EDGE.top, y2: HEIGHT - EDGE.bottom }),
      drawn("circle", { cx: x, cy: scale.y(point.price), r: 5 }),
      drawn("text", { class: "reading", x, y: 16, "text-anchor": end }, `${month(point.month)}  ${price(point.price)} USD/MWh`),
    );
  }
}

function scales(points, width) {
  const prices = points.map((point) => point.price);
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const grain = nice((high - low || 1) / 4);
  const [bottom, top] = [Math.floor(low / grain) * grain, Math.ceil((high + grain / 10) / grain) * grain];
  const right = width - EDGE.right;
  const step = (right - EDGE.left) / points.length;
  return {
    low, high, grain, bottom, top, right, step,
    x: (place) => EDGE.left + place * step,
    y: (value) => HEIGHT - EDGE.bottom - ((value - bottom) / (top - bottom)) * (HEIGHT - EDGE.bottom - EDGE.top),
  };
}

/** The next of 1, 2, 5, 10 … that is not below the size. */
function nice(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  return [1, 2, 5, 10].find((each) => each * power >= size) * power;
}

function axes(points, scale, width) {
  const parts = [drawn("text", { x: 0, y: 16 }, "USD/MWh")];
  for (let value = scale.bottom; value <= scale.top + scale.grain / 2; value += scale.grain) {
    const y = scale.y(value);
    parts.push(drawn("line", { x1: EDGE.left, x2: scale.right, y1: y, y2: y }));
    parts.push(drawn("text", { x: EDGE.left - 8, y: y + 4, "text-anchor": "end" }, `${Math.round(value * 100) / 100}`));
  }
  const every = width < 620 ? 6 : 3;
  points.forEach((point, place) => {
    const [year, number] = point.month.split("-").map(Number);
    if ((number - 1) % every !== 0) return;
    const x = scale.x(place);
    parts.push(drawn("line", { x1: x, x2: x, y1: HEIGHT - EDGE.bottom, y2: HEIGHT - EDGE.bottom + 5 }));
    parts.push(drawn("text", { x: x + 2, y: HEIGHT - EDGE.bottom + 18 }, MONTHS[number - 1]));
    if (number === 1) parts.push(drawn("text", { x: x + 2, y: HEIGHT - EDGE.bottom + 34 }, year));
  });
  return parts;
}

function steps(points, scale) {
  const line = points.map((point, place) => {
    const y = scale.y(point.price).toFixed(1);
    return `${place ? "V" : `M${scale.x(0)} `}${y}H${scale.x(place + 1).toFixed(1)}`;
  }).join("");
  const ground = HEIGHT - EDGE.bottom;
  return [
    drawn("path", { class: "area", d: `${line}V${ground}H${scale.x(0)}Z` }),
    drawn("path", { class: "curve", d: line }),
  ];
}

/** "2026-12" as "Dec 2026". */
export function month(text) {
  const [year, number] = text.split("-").map(Number);
  return `${MONTHS[number - 1]} ${year}`;
}
