// Numbers and times as a trader of that market reads them.

const ZONES = {
  // MISO's day has no daylight saving: Eastern Standard Time all the year.
  MISO: { timeZone: "Etc/GMT+5", name: () => "EST" },
  CAISO: { timeZone: "America/Los_Angeles", name: pacific },
};
const PRICE = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const CLOCKS = new Map();

/** The zone of a market; UTC for one that is not known here. */
function zone(market) {
  return ZONES[market.toUpperCase()] ?? { timeZone: "UTC", name: () => "UTC" };
}

function pacific(moment) {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: "America/Los_Angeles", timeZoneName: "short" });
  return parts.formatToParts(moment).find((part) => part.type === "timeZoneName").value;
}

/** Name of the market's zone at that moment, as "PST". */
export function zoneName(market, moment = new Date()) {
  return zone(market).name(moment);
}

/** Market time as "13:05" or "13:05:09". */
export function clock(market, moment, seconds = true) {
  const { timeZone } = zone(market);
  const key = `${timeZone} ${seconds}`;
  if (!CLOCKS.has(key)) {
    const shown = { timeZone, hourCycle: "h23", hour: "2-digit", minute: "2-digit" };
    CLOCKS.set(key, new Intl.DateTimeFormat("en-US", seconds ? { ...shown, second: "2-digit" } : shown));
  }
  return CLOCKS.get(key).format(moment);
}

/** Market day as "Tue, Nov 24". */
export function day(market, moment) {
  const { timeZone } = zone(market);
  return new Intl.DateTimeFormat("en-US", { timeZone, weekday: "short", month: "short", day: "numeric" }).format(moment);
}

/** A price in USD/MWh. */
export function price(value) {
  return PRICE.format(value).replace("-", "−");
}

/** A change with its sign, and the class that colours it. */
export function change(value) {
  if (value === null || Number.isNaN(value)) return { words: "–", css: "same", spoken: "no earlier price" };
  if (Math.abs(value) < 0.005) return { words: `= ${PRICE.format(0)}`, css: "same", spoken: "unchanged" };
  const size = PRICE.format(Math.abs(value));
  return value > 0
    ? { words: `▲ ${size}`, css: "up", spoken: `up ${size}` }
    : { words: `▼ ${size}`, css: "down", spoken: `down ${size}` };
}

/** An HTML element with a class and a text. */
export function element(tag, css = "", text = "") {
  const made = document.createElement(tag);
  if (css) made.className = css;
  if (text) made.textContent = text;
  return made;
}

/** An SVG element with attributes. */
export function drawn(tag, attributes = {}, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}
