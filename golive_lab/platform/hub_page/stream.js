// Server-sent events by fetch, which EventSource cannot send a bearer token with.

const MOST_WAIT = 15_000;

/** Follow `url` until `signal` aborts. `ask(url, options)` gives the answer or throws; `tell(state)` hears how it goes:
 *  "connecting", "live", "broken". Resumes after the last event that came. */
export async function follow(url, { ask, take, tell, signal }) {
  let last = null;
  let wait = 500;
  while (!signal.aborted) {
    tell("connecting");
    try {
      const headers = { Accept: "text/event-stream", ...(last === null ? {} : { "Last-Event-ID": last }) };
      const answer = await ask(url, { headers, signal });
      tell("live");
      for await (const event of events(answer.body)) {
        wait = 500;
        if (event.id !== null) last = event.id;
        if (event.data) take(JSON.parse(event.data));
      }
    } catch (error) {
      if (error.fatal) throw error;
    }
    if (signal.aborted) return;
    tell("broken");
    await new Promise((done) => setTimeout(done, wait));
    wait = Math.min(MOST_WAIT, wait * 2);
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value.replaceAll("\r", "");
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      yield read(text.slice(0, end));
      text = text.slice(end + 2);
    }
  }
}

function read(block) {
  const event = { id: null, data: "" };
  for (const line of block.split("\n")) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name === "id") event.id = value;
    if (name === "data") event.data += value;
  }
  return event;
}
