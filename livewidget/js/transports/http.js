// @ts-check
// The common part of event stream and long-poll. See docs/reference/protocol.md, "HTTP".

import { CLOSED, LOST, TIMED_OUT } from "../wire/codes.js";

/** A `send` that takes longer, in seconds, suggests that this site's tabs use up all connections. */
const CROWDED = 3;
/** How long a `send` may take until the connection counts as lost, in seconds. */
const LATE = 6;
/** A large `send` gets more time: one second per this many bytes. */
const SLOWEST = 4 * 1024;
/** Bytes of messages in the first `send` of a connection. The limit doubles with each `send`. */
const FIRST_BATCH = 1024;
const LARGEST_BATCH = 32 * 1024;

/**
 * What the HTTP transports need from the browser.
 * @typedef {object} HttpEnvironment
 * @property {(url: string, options: any) => Promise<Response>} fetch
 * @property {import("../session/timer.js").Clock} clock
 * @property {Pick<import("../session/slots.js").Slots, "acquire" | "crowded" | "holdFor">} slots
 */

/** The server has closed the connection, or does not know it. */
class Closed extends Error {
  /**
   * @param {number} code
   * @param {string} [reason]
   */
  constructor(code, reason) {
    super(reason);
    this.code = code;
  }
}

/** The requests of one connection. */
export class Requests {
  #fetch;
  #base;
  #page;
  #identity;

  /**
   * @param {URL} base the URL of `_live/`
   * @param {any} hello
   * @param {Pick<HttpEnvironment, "fetch">} environment
   */
  constructor(base, { page, heartbeat, ...identity }, { fetch }) {
    this.#fetch = fetch;
    this.#base = base;
    this.#page = page;
    this.#identity = identity;
  }

  /**
   * Send a request.
   * @param {"send" | "poll" | "stream"} path
   * @param {object} fields the fields of the body besides the connection's identity
   * @param {object} [options] of `fetch`
   * @param {number} [first] the count of the first message
   * @param {string[]} [messages] put into the body unchanged: they are JSON
   */
  post(path, fields, options, first, messages = []) {
    const body = JSON.stringify({ ...this.#identity, ...fields });
    const batch = messages.length > 0 ? `,"first":${first},"messages":[${messages}]` : "";
    return this.#fetch(this.#base + path, {
      method: "POST",
      headers: { "Live-Page": this.#page, "Content-Type": "application/json" },
      body: `${body.slice(0, -1)}${batch}}`,
      ...options,
    });
  }
}

/**
 * Tell the server that the page is being left. Failures are ignored.
 * @param {URL} base
 * @param {any} hello the hello of the newest connection
 * @param {number} first
 * @param {string[]} messages no more than a `fetch` with `keepalive` may carry
 * @param {Pick<HttpEnvironment, "fetch">} environment
 */
export function leave(base, hello, first, messages, environment) {
  const requests = new Requests(base, hello, environment);
  requests.post("send", { leave: true }, { keepalive: true }, first, messages).catch(() => {});
}

/**
 * Parse a control object from the server.
 * @param {string} text
 * @returns {any}
 * @throws {Closed} the server has closed the connection
 * @throws {Error} the text is not a control object
 */
export function control(text) {
  const value = JSON.parse(text);
  if (Array.isArray(value.close)) {
    throw new Closed(value.close[0], value.close[1]);
  }
  if (!(value.received >= 0)) {
    throw new Error("malformed answer");
  }
  return value;
}

/** A connection over HTTP. It sends; its subclasses receive. */
export class HttpTransport {
  /** @type {import("./websocket.js").TransportEvents | null} null: it is closed */
  events;
  #sends = new AbortController();
  /** @type {string[]} */
  #queue = [];
  /** The count of the last message in the queue, plus one. */
  #end = 0;
  /** Whether an acknowledgement must be sent. */
  #owed = false;
  #sending = false;
  #batch = FIRST_BATCH;
  /** Aborts the request that is held open. */
  #held = new AbortController();
  /** Releases its slot. @type {(() => void) | null} */
  #releaseSlot = null;

  /**
   * @param {URL} base
   * @param {any} hello
   * @param {import("./websocket.js").TransportEvents} events
   * @param {HttpEnvironment} environment
   */
  constructor(base, hello, events, environment) {
    this.events = events;
    this.environment = environment;
    this.hello = hello;
    this.requests = new Requests(base, hello, environment);
    this.#guarded(() => this.run());
  }

  /** Say hello, then pass on what arrives until the connection ends. Overridden. */
  async run() {}

  /** Handle the end of a `send`. Overridden. */
  sendAnswered() {}

  /**
   * Send messages.
   * @param {number} first the count of the first one, which follows those sent before
   * @param {string[]} messages
   */
  send(first, messages) {
    this.#queue.push(...messages);
    this.#end = first + messages.length;
    if (!this.#sending) {
      this.#sending = true;
      this.#guarded(() => this.#sendAll());
    }
  }

  /** Send an acknowledgement. */
  acknowledge() {
    this.#owed = true;
    this.send(this.#end, []);
  }

  /** Close the connection. No more events follow. */
  close() {
    this.events = null;
    this.#sends.abort();
    this.release();
  }

  /** Abort the request that is held open, and release its slot. */
  release() {
    this.#held.abort();
    this.#releaseSlot?.();
    this.#releaseSlot = null;
  }

  /** Acquire the right to hold a request open. Return whether that succeeded. */
  async acquireSlot() {
    const release = this.#releaseSlot ?? (await this.environment.slots.acquire());
    if (this.events === null) {
      release?.();
    } else {
      this.#releaseSlot = release;
    }
    return this.#releaseSlot !== null;
  }

  /** Return the options of a request that `release` aborts. */
  hold() {
    this.#held = new AbortController();
    return { signal: this.#held.signal };
  }

  /**
   * Send a request and parse the control object in the response.
   * @param {Parameters<Requests["post"]>} request
   */
  async ask(...request) {
    const answer = await this.requests.post(...request);
    return control(await answer.text());
  }

  /**
   * Check and pass on the answer to the hello.
   * @param {any} answer
   */
  welcome(answer) {
    if (!(answer.first > 0 && answer.heartbeat > 0 && answer.timeout > 0)) {
      throw new Error("malformed welcome");
    }
    this.events?.welcome(answer);
  }

  /** @param {() => Promise<void>} task starts asynchronously */
  async #guarded(task) {
    try {
      await null;
      if (this.events !== null) {
        await task();
      }
    } catch (error) {
      this.#fail(/** @type {Error} */ (error));
    }
  }

  /** @param {Error} error */
  #fail(error) {
    const { events } = this;
    // A request aborted in favour of a `send` was not cut by the network.
    const code = this.#held.signal.aborted ? TIMED_OUT : LOST;
    this.close();
    events?.closed(error instanceof Closed ? error.code : code, error.message);
  }

  async #sendAll() {
    try {
      while (this.events !== null && (this.#owed || this.#queue.length > 0)) {
        await this.#sendOne(this.events.received());
      }
      this.#sending = false;
    } catch (error) {
      if (/** @type {Closed} */ (error).code === CLOSED) {
        // The close has overtaken messages. It also follows them on the other request: wait for that.
        await new Promise((/** @type {any} */ resolve) => this.environment.clock.setTimer(resolve, CROWDED));
      }
      throw error;
    }
  }

  /** @param {number} received */
  async #sendOne(received) {
    const { clock, slots } = this.environment;
    const first = this.#end - this.#queue.length;
    const [messages, size] = this.#nextBatch();
    const patience = Math.floor(size / SLOWEST);
    this.#owed = false;
    const timers = [
      clock.setTimer(() => {
        slots.crowded();
        this.release();
      }, CROWDED + patience),
      clock.setTimer(() => this.#fail(new Closed(TIMED_OUT)), LATE + patience),
    ];
    const options = { signal: this.#sends.signal, priority: "high" };
    try {
      const answer = await this.ask("send", { received }, options, first, messages);
      this.events?.confirmed(answer.received);
    } finally {
      timers.forEach((timer) => clock.clearTimer(timer));
    }
    this.sendAnswered();
  }

  /**
   * Take the next messages to send from the queue: one, or more within the limit.
   * @returns {[string[], number]} the messages and their size in bytes
   */
  #nextBatch() {
    const limit = this.#batch;
    this.#batch = Math.min(2 * limit, LARGEST_BATCH);
    const encoder = new TextEncoder();
    let [number, size] = [0, 0];
    for (const text of this.#queue) {
      const more = encoder.encode(text).length;
      if (number > 0 && size + more > limit) {
        break;
      }
      number += 1;
      size += more;
    }
    return [this.#queue.splice(0, number), size];
  }
}
