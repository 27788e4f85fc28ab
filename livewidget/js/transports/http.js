// @ts-check
// What event stream and long-poll share. See docs/protocol.md, "HTTP".

import { CLOSED, LOST, TIMED_OUT } from "../wire/codes.js";

/** How long a `send` may take until it seems that this site's tabs hold all connections. */
const CROWDED = 3;
/** How long until it is lost, in seconds. */
const LATE = 6;
/** For a large one more time is given: it may take so many bytes a second. */
const SLOWEST = 4 * 1024;
/** Bytes of messages in the first `send` of a connection; later ones have up to twice as much each. */
const FIRST_BATCH = 1024;
const LARGEST_BATCH = 32 * 1024;

/**
 * What the transports over HTTP need of the browser.
 * @typedef {object} HttpEnvironment
 * @property {(url: string, options: any) => Promise<Response>} fetch
 * @property {import("../session/timer.js").Clock} clock
 * @property {Pick<import("../session/slots.js").Slots, "take" | "crowded" | "holdFor">} slots
 */

/** The server has closed the connection, or says that there is none. */
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
   * @param {"send" | "poll" | "stream"} path
   * @param {object} fields of the body, besides those that all have
   * @param {object} [options] of `fetch`
   * @param {number} [first] the count of the first message
   * @param {string[]} [messages] go into the body as they are
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
 * The page is being left; nobody hears of a failure.
 * @param {URL} base
 * @param {any} hello of the newest connection
 * @param {number} first
 * @param {string[]} messages as many as a `fetch` with `keepalive` takes
 * @param {Pick<HttpEnvironment, "fetch">} environment
 */
export function leave(base, hello, first, messages, environment) {
  const requests = new Requests(base, hello, environment);
  requests.post("send", { leave: true }, { keepalive: true }, first, messages).catch(() => {});
}

/**
 * What the server says that is no message.
 * @param {string} text
 */
export function control(text) {
  const value = JSON.parse(text);
  if (Array.isArray(value.close)) {
    throw new Closed(value.close[0], value.close[1]);
  }
  if (!(value.received >= 0)) {
    throw new Error("no count");
  }
  return value;
}

/** One connection: what goes up is here, what comes down is for a subclass. */
export class HttpTransport {
  /** @type {import("./websocket.js").TransportEvents | null} null: it is closed */
  events;
  #sends = new AbortController();
  /** @type {string[]} */
  #queue = [];
  /** The count after that of the last message in the queue. */
  #end = 0;
  /** Whether an acknowledgement is to be sent. */
  #owed = false;
  #sending = false;
  #batch = FIRST_BATCH;
  /** For the request that is held open, and what gives its slot back. */
  #held = new AbortController();
  /** @type {(() => void) | null} */
  #release = null;

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

  /** Say hello and tell what comes down, as long as it comes. */
  async run() {}

  /** A `send` was answered. */
  sendAnswered() {}

  /**
   * @param {number} first the next one after those sent before
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

  acknowledge() {
    this.#owed = true;
    this.send(this.#end, []);
  }

  close() {
    this.events = null;
    this.#sends.abort();
    this.letGo();
  }

  /** Give up what is held open. */
  letGo() {
    this.#held.abort();
    this.#release?.();
    this.#release = null;
  }

  /** The right to hold a request open: whether there is one. */
  async takeSlot() {
    const release = this.#release ?? (await this.environment.slots.take());
    if (this.events === null) {
      release?.();
    } else {
      this.#release = release;
    }
    return this.#release !== null;
  }

  /** The options of the request that `letGo` gives up. */
  hold() {
    this.#held = new AbortController();
    return { signal: this.#held.signal };
  }

  /** @param {Parameters<Requests["post"]>} request */
  async ask(...request) {
    const answer = await this.requests.post(...request);
    return control(await answer.text());
  }

  /** @param {any} answer to the hello */
  welcome(answer) {
    if (!(answer.first > 0 && answer.heartbeat > 0 && answer.timeout > 0)) {
      throw new Error("no welcome");
    }
    this.events?.welcome(answer);
  }

  /** @param {() => Promise<void>} task begins when this turn is over */
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
    // Given up for a `send`, the network did not cut it.
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
        // This has overtaken what was sent before, and comes down after that too.
        await new Promise((/** @type {any} */ resolve) => this.environment.clock.setTimer(resolve, CROWDED));
      }
      throw error;
    }
  }

  /** @param {number} received */
  async #sendOne(received) {
    const { clock, slots } = this.environment;
    const first = this.#end - this.#queue.length;
    const [messages, size] = this.#takeBatch();
    const patience = Math.floor(size / SLOWEST);
    this.#owed = false;
    const timers = [
      clock.setTimer(() => {
        slots.crowded();
        this.letGo();
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
   * The next messages to send: so many bytes, or one.
   * @returns {[string[], number]} with their size
   */
  #takeBatch() {
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
