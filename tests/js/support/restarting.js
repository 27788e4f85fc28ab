// A server that goes down and comes back, and the browsers whose pages it had.

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
/** How long anything takes on the way, in seconds. */
const LATENCY = 0.002;
/** How long a connection lasts until a page is well, in seconds. */
const WELL = 5;

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A server: knows the pages that it has made since it was started, and notes when it is asked. */
export class Server {
  /** When pages were asked for, and when hellos came, of connections that it took. */
  gets = [];
  hellos = [];
  #clock;
  #up = true;
  #pages = 0;
  #oldest = 1;
  /** @type {Map<number, any>} for each page that is connected, what it hears */
  #connections = new Map();

  constructor(clock) {
    this.#clock = clock;
  }

  /** How many pages are connected. */
  get connected() {
    return this.#connections.size;
  }

  /** Make a page. */
  get() {
    if (!this.#up) {
      throw new Error("the browser shows that there is no server");
    }
    this.gets.push(this.#clock.now());
    return ++this.#pages;
  }

  /** A hello of a page. */
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

  /** Go down: all connections end at once. */
  stop(code) {
    this.#up = false;
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    connections.forEach((events) => events.closed(code, ""));
  }

  /** Come back, and know no page. */
  start() {
    this.#oldest = this.#pages + 1;
    this.#up = true;
    this.gets.length = this.hellos.length = 0;
  }
}

/** A tab: it connects its page, and gets a fresh one where that helps. */
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
