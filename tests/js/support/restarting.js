// A server that restarts, and tabs with its pages.

import { RELOADS } from "../../../livewidget/js/wire/codes.js";
import { Chooser } from "../../../livewidget/js/session/chooser.js";
import { Connector } from "../../../livewidget/js/session/connector.js";
import { Delivery } from "../../../livewidget/js/wire/delivery.js";
import { forgetReload, reloadSoon } from "../../../livewidget/js/browser/reload.js";
import { FakeStorage } from "./connecting.js";

const LIMITS = { message: 64, messages: 80, bytes: 2560 };
const WELCOME = { received: 0, first: 1, heartbeat: 25, timeout: 20 };
const GONE = 4404;
const LOST = 1006;
/** The latency of the network, in seconds. */
const LATENCY = 0.002;
/** How long a connection must last before a reload does not count as a loop, in seconds. */
const WELL = 5;

/** Return a generator of reproducible numbers from 0 to 1 (mulberry32). */
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A server that knows the pages created since its start, and records the times of requests. */
export class Server {
  /** The times of page requests, and of the hellos that were accepted. */
  gets = [];
  hellos = [];
  #clock;
  #up = true;
  #pages = 0;
  #oldest = 1;
  /** @type {Map<number, any>} the events of each connected page */
  #connections = new Map();

  constructor(clock) {
    this.#clock = clock;
  }

  /** How many pages are connected. */
  get connected() {
    return this.#connections.size;
  }

  /** Create a page. */
  get() {
    if (!this.#up) {
      throw new Error("the browser shows that there is no server");
    }
    this.gets.push(this.#clock.now());
    return ++this.#pages;
  }

  /** Answer the hello of a page. */
  connect(page, events) {
    const answer = (name, ...args) => this.#clock.setTimer(() => events[name](...args), LATENCY);
    if (!this.#up) {
      answer("closed", LOST, "");
      return;
    }
    this.hellos.push(this.#clock.now());
    if (page < this.#oldest) {
      answer("closed", GONE, "");
    } else {
      this.#connections.set(page, events);
      answer("welcome", WELCOME);
    }
  }

  /** Stop, and close all connections immediately. */
  stop(code) {
    this.#up = false;
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    connections.forEach((events) => events.closed(code, ""));
  }

  /** Start again, without any page. */
  start() {
    this.#oldest = this.#pages + 1;
    this.#up = true;
    this.gets.length = this.hellos.length = 0;
  }
}

/** A tab, which connects its page and reloads if that helps. */
export class Tab {
  #server;
  #clock;
  #random;
  #transports;
  #storage = new FakeStorage();
  #well = null;

  constructor(server, clock, random, transports) {
    this.#server = server;
    this.#clock = clock;
    this.#random = random;
    this.#transports = transports;
    this.#load();
  }

  #load() {
    const page = this.#server.get();
    const open = (kind, hello, events) => {
      this.#clock.setTimer(() => this.#server.connect(page, events), LATENCY);
      return { send: () => {}, acknowledge: () => {}, close: () => {} };
    };
    const connector = new Connector({
      delivery: new Delivery(LIMITS),
      chooser: new Chooser(this.#transports, this.#storage),
      network: { open, probe: async () => false, leave: () => {} },
      identity: {},
      clock: this.#clock,
      random: this.#random,
      events: {
        message: () => {},
        state: (state) => this.#state(state),
        ended: (code) => this.#ended(code),
      },
    });
    this.#clock.setTimer(() => connector.start(), LATENCY);
  }

  #state(state) {
    this.#clock.clearTimer(this.#well);
    if (state === "connected") {
      this.#well = this.#clock.setTimer(() => forgetReload(this.#storage), WELL);
    }
  }

  #ended(code) {
    this.#state("gone");
    if (RELOADS.includes(code)) {
      reloadSoon(this.#storage, this.#clock, () => this.#load());
    }
  }
}
