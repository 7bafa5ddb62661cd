// The table of latest prices and the ticker; both take the live events.

import { change, clock, drawn, element, price, zoneName } from "./words.js";

const MOST_ITEMS = 60;
const TREND = 60;
const INTERVAL_MINUTES = 5;

export class Latest {
  #body;
  #empty;
  #market;
  #rows = new Map();

  constructor(section, market) {
    this.#body = section.querySelector("tbody");
    this.#empty = section.querySelector(".empty");
    this.#market = market;
    section.querySelector("#as-of").textContent = `As of (${zoneName(market)})`;
    this.#body.replaceChildren();
  }

  /** The whole table. */
  fill(prices) {
    this.#empty.hidden = prices.length > 0;
    this.#empty.textContent = "No prices yet.";
    for (const each of prices) {
      if (!this.#rows.has(each.node)) this.#add(each.node);
      this.take(each);
    }
  }

  /** One newer price of a node; false for a node that is not in the table. */
  take(event) {
    const row = this.#rows.get(event.node);
    if (row === undefined) return false;
    const moment = new Date(event.event_time);
    if (row.moment !== null && moment <= row.moment) return true;
    const moved = change(row.prices.length ? event.price - row.prices.at(-1) : null);
    row.moment = moment;
    row.prices = [...row.prices, event.price].slice(-TREND);
    row.price.textContent = price(event.price);
    row.change.textContent = moved.words;
    row.change.className = `number ${moved.css}`;
    row.interval.textContent = interval(this.#market, new Date(event.interval_start));
    row.time.textContent = clock(this.#market, moment);
    row.trend.replaceChildren(trend(row.prices));
    return true;
  }

  #add(node) {
    const line = element("tr");
    const name = element("th", "", node);
    name.scope = "row";
    const row = { moment: null, prices: [] };
    for (const [part, css] of [["price", "number price"], ["change", "number"], ["trend", "trend wide"], ["interval", "number wide"], ["time", "number"]]) {
      row[part] = element("td", css);
    }
    line.append(name, row.price, row.change, row.trend, row.interval, row.time);
    this.#rows.set(node, row);
    this.#body.append(line);
  }
}

export class Ticker {
  #list;
  #empty;
  #market;
  #last = new Map();

  constructor(list, market) {
    this.#list = list;
    this.#empty = list.parentElement.querySelector(".empty");
    this.#market = market;
    list.replaceChildren();
    this.#empty.hidden = false;
    this.#empty.textContent = "No prices yet.";
  }

  /** Put an event on top. */
  take(event) {
    const moved = change(this.#last.has(event.node) ? event.price - this.#last.get(event.node) : null);
    this.#last.set(event.node, event.price);
    this.#empty.hidden = true;
    const item = element("li");
    const time = element("time", "", clock(this.#market, new Date(event.event_time)));
    time.dateTime = event.event_time;
    const node = element("span", "node", event.node);
    node.title = event.node;
    item.append(time, node, element("span", "price", price(event.price)), element("span", `change ${moved.css}`, moved.words));
    this.#list.prepend(item);
    while (this.#list.children.length > MOST_ITEMS) this.#list.lastElementChild.remove();
  }
}

function interval(market, start) {
  const end = new Date(start.getTime() + INTERVAL_MINUTES * 60_000);
  return `${clock(market, start, false)}–${clock(market, end, false)}`;
}

function trend(prices) {
  const [width, height] = [112, 24];
  const svg = drawn("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const points = prices.map((value, place) => {
    const x = prices.length > 1 ? 1 + (place / (prices.length - 1)) * (width - 2) : width - 1;
    const y = high > low ? height - 3 - ((value - low) / (high - low)) * (height - 6) : height / 2;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  svg.append(drawn("polyline", { points: points.join(" ") }));
  return svg;
}
