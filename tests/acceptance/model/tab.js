// A tab of a browser: pages of livewidget without a window, and what they need of it.

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
/** How long a method that answers later takes, in seconds. */
const LATER = 1.5;
/** Its characters have one to four bytes: one that is cut in the midst shows. */
const PATTERN = "aé€😀";

/** The numbers that make one run as the other. */
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
   * @param {(...news: any[]) => void} tell hears what happens
   * @param {number} now
   * @param {number} seed
   * @param {"shared" | "unlimited" | "none"} slots how tabs share what they hold open
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

  /** Open a page that the server has rendered; the one before is left to itself. */
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
      failed: (error, where, told) => told || reportError(error),
      show: (...state) => tell("state", ...state),
    });
    this.#page.start();
  }

  /** Call the server, so often. */
  call(times, ...call) {
    for (let index = 0; index < times; index++) {
      this.#widget.make(...call);
    }
  }

  /** Answer what was held. */
  release() {
    this.#widget.release();
  }

  /** What the events of a window do. */
  window(name) {
    this.#page[name]();
  }

  /** Whether other tabs have taken all slots. */
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

/** The class of the widget of one page. */
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

    /** The server calls: `how` says how it is answered. */
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
