// @ts-check
// The event stream: a response that does not end. See docs/reference/protocol.md, "HTTP".

import { HttpTransport, Requests, control } from "./http.js";

/** How long the first event of a probe may take, in seconds. Later, a proxy is buffering the stream. */
const CLEAR = 2;
/** The size of an event without its message, in characters, at most. */
const EXTRA = 1024;

const isMessage = (/** @type {string} */ text) => text.startsWith("[");

/**
 * Return whether the first event of a stream gets through immediately.
 * @param {URL} base
 * @param {object} hello
 * @param {import("./http.js").HttpEnvironment} environment
 */
export async function probe(base, hello, environment) {
  const held = new AbortController();
  const timer = environment.clock.setTimer(() => held.abort(), CLEAR);
  const requests = new Requests(base, hello, environment);
  try {
    const { body } = await requests.post("stream", { probe: true }, { signal: held.signal });
    const { value } = await /** @type {ReadableStream} */ (body).getReader().read();
    return new TextDecoder().decode(value) === "data: {}\n\n";
  } catch {
    return false;
  } finally {
    environment.clock.clearTimer(timer);
    held.abort();
  }
}

export class EventStreamTransport extends HttpTransport {
  /** The maximum size of an event; 0 before the welcome. */
  #limit = 0;

  async run() {
    if (!(await this.acquireSlot())) {
      throw new Error("no slot");
    }
    const { heartbeat } = this.hello;
    const { body } = await this.requests.post("stream", { heartbeat }, this.hold());
    const reader = /** @type {ReadableStream} */ (body).pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        // The response may be a close instead of a stream.
        control(rest);
        throw new Error("end of stream");
      }
      const events = (rest + value).split("\n\n");
      rest = events.pop() ?? "";
      this.#handle(events.map((event) => event.slice("data: ".length)));
      if (this.#limit && rest.length > this.#limit) {
        throw new Error("event too large");
      }
    }
  }

  /** @param {string[]} texts the contents of the events of a chunk */
  #handle(texts) {
    if (!this.#limit && texts.length > 0) {
      const answer = control(texts.shift() ?? "");
      this.#limit = answer.limits.message + EXTRA;
      this.welcome(answer);
    }
    // Messages first: a close comes last.
    const messages = texts.filter(isMessage);
    if (messages.length > 0) {
      this.events?.messages(messages, null);
    }
    for (const text of texts) {
      if (!isMessage(text)) {
        this.events?.acknowledged(control(text).received);
      }
    }
  }
}
