// The HTTP transports, with requests that the test answers.

import assert from "node:assert/strict";

import { EventStreamTransport } from "../../../livewidget/js/transports/eventstream.js";
import { LongPollTransport } from "../../../livewidget/js/transports/longpoll.js";
import { FakeClock, settled } from "./help.js";

export const BASE = new URL("http://localhost/chat/_live/");
export const HELLO = { page: "p", claim: "c", connection: 3, received: 5 };
export const WELCOME = {
  connection: 3,
  received: 2,
  first: 6,
  heartbeat: 25,
  timeout: 20,
  limits: { message: 65536, messages: 10000, bytes: 1048576 },
};
export const TRANSPORTS = [LongPollTransport, EventStreamTransport];

/** Streams pass through more than one turn. */
export async function quiet() {
  for (let turn = 0; turn < 6; turn++) {
    await settled();
  }
}

export const bytes = (text) => new TextEncoder().encode(text);
export const sse = (value) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;

/** A request that waits for an answer. */
export class FakeRequest {
  aborted = false;
  #stream = null;

  constructor(url, options, resolve, reject) {
    const error = () => new DOMException("aborted", "AbortError");
    this.path = url.slice(String(BASE).length);
    this.options = options;
    this.text = options.body;
    // A browser sends no request that was aborted before.
    this.made = !options.signal?.aborted;
    this.body = JSON.parse(options.body);
    this.fail = () => reject(new TypeError("the network failed"));
    this.resolve = resolve;
    options.signal?.addEventListener("abort", () => {
      this.aborted = true;
      this.#stream?.error(error());
      reject(error());
    });
    if (!this.made) {
      reject(error());
    }
  }

  async answer(value, status = 200) {
    this.resolve(new Response(typeof value === "string" ? value : JSON.stringify(value), { status }));
    await quiet();
  }

  /** Begin an answer that does not end. */
  async begin() {
    const body = new ReadableStream({ start: (controller) => (this.#stream = controller) });
    this.resolve(new Response(body));
    await quiet();
  }

  async chunk(content) {
    this.#stream.enqueue(typeof content === "string" ? bytes(content) : content);
    await quiet();
  }

  async end() {
    this.#stream.close();
    await quiet();
  }

  async cut() {
    this.#stream.error(new TypeError("the network failed"));
    await quiet();
  }
}

export class FakeSlots {
  free = 1;
  holdFor = undefined;
  asked = 0;
  crowds = 0;

  async acquire() {
    this.asked += 1;
    if (this.free === 0 || this.crowds > 0) {
      return null;
    }
    this.free -= 1;
    return () => (this.free += 1);
  }

  crowded() {
    this.crowds += 1;
  }
}

/** The transport's environment, and the requests to answer. */
export function makeEnvironment() {
  const requests = [];
  const environment = {
    clock: new FakeClock(),
    slots: new FakeSlots(),
    fetch: (url, options) =>
      new Promise((resolve, reject) => requests.push(new FakeRequest(url, options, resolve, reject))),
  };
  const of = (path) => requests.filter((request) => request.path === path);
  return { environment, requests, of, last: (path) => of(path).at(-1) };
}

/** A transport that has sent its first request. */
export async function make(Transport, { hello = HELLO, free = 1 } = {}) {
  const all = makeEnvironment();
  const told = [];
  const state = { received: 5, after: {} };
  const events = { received: () => state.received };
  for (const name of ["welcome", "messages", "acknowledged", "confirmed", "closed"]) {
    events[name] = (...args) => {
      if (name === "closed" && [1006, 4408].includes(args[0])) {
        // The text of a network error is for people.
        assert.equal(typeof args[1], "string");
        args[1] = "";
      }
      told.push([name, ...args]);
      state.after[name]?.(...args);
    };
  }
  all.environment.slots.free = free;
  const transport = new Transport(BASE, hello, events, all.environment);
  await quiet();
  return { ...all, transport, told, state, clock: all.environment.clock, slots: all.environment.slots };
}

/** A connected transport. */
export async function makeWelcomed(Transport, options) {
  const all = await make(Transport, options);
  if (Transport === LongPollTransport) {
    await all.last("poll").answer(WELCOME);
  } else {
    await all.last("stream").begin();
    await all.last("stream").chunk(sse({ ...WELCOME, first: 6 }));
  }
  all.told.length = 0;
  return all;
}

export const closes = (told) => told.filter(([name]) => name === "closed");
