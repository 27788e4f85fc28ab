// A browser tab: pages of livewidget without a window.

import { LiveError } from "../../../livewidget/js/wire/errors.js";
import { Page } from "../../../livewidget/js/page/page.js";
import { Slots } from "../../../livewidget/js/session/slots.js";
import { EventStreamTransport, probe } from "../../../livewidget/js/transports/eventstream.js";
import { leave } from "../../../livewidget/js/transports/http.js";
import { LongPollTransport } from "../../../livewidget/js/transports/longpoll.js";
import { WebSocketTransport } from "../../../livewidget/js/transports/websocket.js";
import { Widget } from "../../../livewidget/js/page/widget.js";
import { FakeStorage } from "../../js/support/connecting.js";
import { FakeClock } from "../../js/support/help.js";
import { FakeNetwork } from "./fakenet.js";

const TRANSPORTS = {
  websocket: WebSocketTransport,
  eventstream: EventStreamTransport,
  longpoll: LongPollTransport,
};
const NODE = { getAttribute: () => "1", querySelectorAll: () => [], matches: () => false };
/** Seconds that a method takes if it answers later. */
const LATER = 1.5;
/** Its characters have one to four bytes, so that a cut within one is noticed. */
const PATTERN = "aé€😀";

/** Return a generator of reproducible numbers from 0 to 1. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export class Tab {
  #tell;
  #random;
  #slots;
  #storage = new FakeStorage();
  #crowded = false;
  #pages = 0;
  #page = null;
  #widget = null;

  /**
   * @param {(...news: any[]) => void} tell called with what happens
   * @param {number} now
   * @param {number} seed
   * @param {"shared" | "unlimited" | "none"} slots how tabs share the requests that they hold open
   */
  constructor(tell, now, seed, slots) {
    this.#tell = tell;
    this.#random = seeded(seed);
    this.clock = new FakeClock();
    this.clock.time = now;
    this.network = new FakeNetwork(tell);
    const locks = slots === "shared" ? { request: (...args) => this.#lock(...args) } : undefined;
    this.#slots = new Slots(locks, this.clock, slots === "unlimited");
  }

  /** Open a page that the server has rendered. The previous one is abandoned. */
  load(start) {
    const number = this.#pages++;
    const tell = (kind, ...news) => this.#tell(kind, number, ...news);
    const { clock } = this;
    const transports = start.transports.filter((kind) => kind !== "eventstream" || !this.#slots.holdFor);
    const peer = makePeer(clock, tell, (widget) => {
      this.#widget = widget;
    });
    this.#page = new Page({ ...start, transports }, {
      root: { querySelectorAll: () => [NODE] },
      claim: `the-claim-of-page-${number}`,
      clock,
      random: this.#random,
      loader: { importModule: async () => ({ Widget: peer }) },
      network: this.#makeNetwork(new URL(start.base, "http://localhost:8080/")),
      storage: this.#storage,
      failed: (error, where, reported) => reported || reportError(error),
      show: (...state) => tell("state", ...state),
    });
    this.#page.start();
  }

  /** Call the server this many times. */
  call(times, ...call) {
    for (let index = 0; index < times; index++) {
      this.#widget.make(...call);
    }
  }

  /** Answer the calls that are held back. */
  release() {
    this.#widget.release();
  }

  /** Call the page's method for an event of the window. */
  window(name) {
    this.#page[name]();
  }

  /** Set whether other tabs use all slots. */
  crowd(crowded) {
    this.#crowded = crowded;
  }

  #lock(_name, _options, callback) {
    return Promise.resolve(callback(this.#crowded ? null : {}));
  }

  #makeNetwork(base) {
    const { fetch, WebSocket } = this.network;
    const environment = { fetch, WebSocket, clock: this.clock, slots: this.#slots };
    return {
      open: (kind, hello, events) => new TRANSPORTS[kind](base, hello, events, environment),
      probe: async (kind, hello) => kind !== "eventstream" || probe(base, hello, environment),
      leave: (hello, first, messages) => leave(base, hello, first, messages, environment),
    };
  }
}

/** Return the widget class of a page. */
function makePeer(clock, tell, made) {
  return class Peer extends Widget {
    #calls = 0;
    #held = [];

    loaded() {
      made(this);
    }

    detached() {
      tell("detached");
    }

    /** Called by the server. `how` says how to answer. */
    take(number, how, text) {
      const size = text.length / PATTERN.length;
      tell("heard", number, text === PATTERN.repeat(size) ? size : text);
      switch (how) {
        case "back":
          this.make("now", false, 1);
          return number;
        case "later":
          return new Promise((resolve) => clock.setTimer(() => resolve(number), LATER));
        case "held":
          return new Promise((resolve) => this.#held.push(() => resolve(number)));
        case "failed":
          throw new LiveError("as it was told", number);
        default:
          return number;
      }
    }

    /** Call the server. */
    make(how, wanted, size) {
      const number = ++this.#calls;
      const args = ["take", number, how, PATTERN.repeat(size)];
      tell("made", number, how, wanted, size);
      if (wanted) {
        this.callRemote(...args).then(
          (value) => tell("answered", number, value),
          ({ name, type, data = null }) => tell("failed", number, type ?? name, data),
        );
        return;
      }
      try {
        this.callRemoteOnly(...args);
      } catch ({ name }) {
        tell("failed", number, name, null);
      }
    }

    release() {
      this.#held.splice(0).forEach((answer) => answer());
    }
  };
}
