// The Market Hub: log in, ask who that is and which markets they have, then show one market live.

import { Plot } from "./curve.js";
import { Login, Trouble } from "./login.js";
import { Latest, Ticker } from "./prices.js";
import { follow } from "./stream.js";
import { clock, day, element, zoneName } from "./words.js";

const STALE_MS = 10_000;
const LATEST_MS = 30_000;
const ANSWER_MS = 10_000;
const one = (id) => document.getElementById(id);

let login = null;
let view = null;

async function start() {
  notice("loading", "Logging in", "You are taken to the login page.");
  login = new Login(await configuration());
  if (!(await login.enter())) return;
  notice("loading", "Loading", "Asking for your markets.");
  const session = await json("data/session");
  login.accepted();
  one("customer").textContent = session.customer ?? "";
  one("logout").hidden = false;
  if (session.markets.length === 0) throw new Trouble("No market", "Your account has no market in the Market Hub.");
  offer(session.markets);
  await open(session.markets[0]);
}

async function configuration() {
  try {
    const answer = await fetch("config.json", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.ok) return await answer.json();
  } catch {
    // Told below, as every other answer that is none.
  }
  throw new Trouble("Not loaded", "The Market Hub does not answer.");
}

/** The answer to a request of this session. Throws Trouble; a refused session leads to one login more. */
async function ask(url, { headers = {}, signal = AbortSignal.timeout(ANSWER_MS) } = {}) {
  let answer;
  try {
    answer = await fetch(url, { headers: { ...headers, Authorization: `Bearer ${login.token}` }, signal, cache: "no-store" });
  } catch {
    throw new Trouble("Not loaded", `The Market Hub does not answer (${url}).`);
  }
  if (answer.status === 401) {
    await login.again("Your session was refused.");
    await new Promise(() => {}); // the browser is leaving
  }
  if (answer.status === 403) throw fatal("Not allowed", "Your account may not see this.");
  if (!answer.ok) throw new Trouble("Not loaded", `The Market Hub answered ${answer.status} (${url}).`);
  return answer;
}

function fatal(title, words) {
  return Object.assign(new Trouble(title, words), { fatal: true });
}

async function json(url) {
  return (await ask(url)).json();
}

function offer(markets) {
  const buttons = markets.map((market) => {
    const button = element("button", "", market.toUpperCase());
    button.type = "button";
    button.addEventListener("click", () => open(market).catch(fail));
    return button;
  });
  one("markets").replaceChildren(...buttons);
  one("markets").hidden = false;
}

async function open(market) {
  view?.close();
  view = new View(market);
  for (const button of one("markets").children) {
    button.setAttribute("aria-pressed", String(button.textContent === market.toUpperCase()));
  }
  await view.load();
}

/** One market on the page, until it is closed. */
class View {
  #ends = new AbortController();
  #market;
  #below;
  #latest;
  #ticker;
  #state = "connecting";
  #heard = Date.now();

  constructor(market) {
    this.#market = market;
    this.#below = `data/${encodeURIComponent(market.toLowerCase())}`;
    this.#latest = new Latest(one("latest"), market);
    this.#ticker = new Ticker(one("ticker"), market);
  }

  async load() {
    const [latest] = await Promise.all([json(`${this.#below}/latest`), this.#curves()]);
    if (this.#ends.signal.aborted) return;
    this.#latest.fill(latest.prices);
    one("main").hidden = false;
    one("feed").hidden = false;
    notice("ready", "", "");
    this.#every(1000, () => this.#tick());
    this.#every(LATEST_MS, () => this.#again());
    this.#tick();
    follow(`${this.#below}/stream`, {
      ask,
      signal: this.#ends.signal,
      take: (event) => this.#take(event),
      tell: (state) => {
        this.#state = state;
        this.#tick();
      },
    }).catch(fail);
  }

  close() {
    this.#ends.abort();
    plot.show(null);
  }

  #take(event) {
    this.#heard = Date.now();
    this.#ticker.take(event);
    if (!this.#latest.take(event) && !this.#asking) this.#again();
    this.#tick();
  }

  #asking = false;

  async #again() {
    this.#asking = true;
    try {
      const { prices } = await json(`${this.#below}/latest`);
      if (!this.#ends.signal.aborted) this.#latest.fill(prices);
    } catch (error) {
      if (error.fatal || error.title === "Not let in") fail(error);
      // Otherwise the table keeps what it has, with its times; the feed's own state says whether it is old.
    } finally {
      // Not at once again where a node stays unknown.
      setTimeout(() => { this.#asking = false; }, LATEST_MS / 3);
    }
  }

  async #curves() {
    const { hubs } = await json(`${this.#below}/curves`);
    const choice = one("curve-hub");
    choice.replaceChildren(...hubs.map(({ hub }) => new Option(hub, hub)));
    choice.disabled = hubs.length === 0;
    choice.onchange = () => this.#curve(choice.value).catch((error) => empty(`Not loaded: ${error.message}`));
    if (hubs.length === 0) empty("No forward curves yet.");
    else await this.#curve(hubs[0].hub);
  }

  async #curve(hub) {
    const curve = await json(`${this.#below}/curves/${encodeURIComponent(hub)}`);
    if (this.#ends.signal.aborted) return;
    if (curve.points.length === 0) {
      empty("No curve of this hub yet.");
      return;
    }
    empty("");
    one("curve-as-of").textContent = `settled ${day("UTC", new Date(`${curve.as_of}T00:00Z`))}, ${curve.unit}`;
    plot.show(curve);
  }

  #tick() {
    if (this.#ends.signal.aborted) return;
    const now = new Date();
    one("clock").textContent = `${day(this.#market, now)} ${clock(this.#market, now)} ${zoneName(this.#market, now)}`;
    const silent = now - this.#heard;
    const stale = silent > STALE_MS;
    const live = { connecting: "connecting", live: "live", broken: "reconnecting" }[this.#state];
    const words = stale ? `stale: no price for over ${Math.floor(silent / STALE_MS) * (STALE_MS / 1000)} s` : live;
    if (one("feed").textContent !== words) one("feed").textContent = words;
    one("feed").dataset.feed = stale ? "stale" : this.#state;
  }

  #every(milliseconds, work) {
    const timer = setInterval(work, milliseconds);
    this.#ends.signal.addEventListener("abort", () => clearInterval(timer));
  }
}

function empty(words) {
  const place = one("curve").querySelector(".empty");
  place.hidden = words === "";
  place.textContent = words;
  if (words) {
    one("curve-as-of").textContent = "";
    plot.show(null);
  }
}

function notice(state, title, words) {
  document.body.dataset.state = state;
  one("notice").setAttribute("role", state === "error" ? "alert" : "status");
  one("notice-title").textContent = title;
  one("notice-words").textContent = words;
  one("retry").hidden = state !== "error";
}

function fail(error) {
  view?.close();
  one("main").hidden = true;
  one("feed").hidden = true;
  const told = error instanceof Trouble;
  notice("error", told ? error.title : "Something went wrong", told ? error.message : "The page cannot go on.");
  if (!told) throw error; // for the console: this one is the page's own fault
}

const plot = new Plot(one("curve").querySelector(".plot"));
one("retry").addEventListener("click", () => location.assign(location.pathname));
one("logout").addEventListener("click", () => login.logout());
start().catch(fail);
