// @ts-check
// Keeps a page connected: tries, resumes, gives up. The page sees none of it.

import { backoff } from "./backoff.js";
import { ENDS, TAKEN_OVER, TIMED_OUT } from "../wire/codes.js";
import { SILENT } from "../wire/delivery.js";
import { ProtocolError } from "../wire/errors.js";
import { Hellos } from "./hello.js";
import { DeadlineTimer } from "./timer.js";
import { GOOD, Upgrade } from "./upgrade.js";

/** How long a connection may take to be there, in seconds, at most; at first as long as a good one lasts. */
const ATTEMPT = 10;
/** What was begun so long ago, in seconds, may be older than the network. */
const FRESH = 1;
const WEBSOCKET = "websocket";

/** How many bytes of messages a `fetch` with `keepalive` may carry, with what is around them. */
const FAREWELL = 60 * 1024;
/** The close code of a browser that goes away (RFC 6455, 7.4.1; a script may not say 1001). */
const LEFT = 1000;
const NEWER = "a newer connection has taken over";

/**
 * One connection, or the try for one.
 * @typedef {object} Link
 * @property {string} kind
 * @property {number} connection
 * @property {number} since
 * @property {any} transport null: it is closed
 */

/**
 * @typedef {object} ConnectorEvents
 * @property {(text: string) => void} message dispatch it; may throw a ProtocolError only
 * @property {(state: "connecting" | "connected" | "offline") => void} state
 * @property {(code: number, reason: string) => void} ended the page is over
 */

export class Connector {
  #delivery;
  #chooser;
  #network;
  #hellos;
  #clock;
  #random;
  #events;
  #timer;
  #retry;
  #upgrade;
  /** @type {Link | null} the connection in use or being tried */
  #link = null;
  /** @type {Link | null} one that would be better than that in use, being tried beside it */
  #candidate = null;
  #failures = 0;
  /** What the page was told last. */
  #state = "";
  #over = false;

  /**
   * @param {object} options
   * @param {import("../wire/delivery.js").Delivery} options.delivery
   * @param {import("./chooser.js").Chooser} options.chooser
   * @param {import("../page/page.js").Network} options.network
   * @param {{page: string, claim: string}} options.identity of each hello
   * @param {import("./timer.js").Clock} options.clock
   * @param {() => number} options.random
   * @param {ConnectorEvents} options.events
   */
  constructor({ delivery, chooser, network, identity, clock, random, events }) {
    this.#delivery = delivery;
    this.#chooser = chooser;
    this.#network = network;
    this.#hellos = new Hellos(identity, delivery);
    this.#clock = clock;
    this.#random = random;
    this.#events = events;
    this.#timer = new DeadlineTimer(clock, () => this.#due());
    this.#retry = new DeadlineTimer(clock, () => this.#attempt());
    this.#upgrade = new Upgrade(chooser, clock, {
      probe: (kind) => network.probe(kind, this.#hellos.current()),
      open: (kind) => {
        this.#candidate = this.#open(kind);
      },
      late: () => this.#giveUp(/** @type {Link} */ (this.#candidate)),
    });
  }

  start() {
    this.#tell("connecting");
    this.#attempt();
  }

  /** There may be something new to send. */
  flush() {
    const delivery = this.#delivery;
    if (this.#link === null) {
      return;
    }
    const now = this.#clock.now();
    const [first, messages] = delivery.takeMessages();
    if (messages.length > 0) {
      this.#link.transport.send(first, messages);
    }
    const received = delivery.takeAck(now);
    if (received !== null) {
      this.#link.transport.acknowledge(received);
    }
    this.#timer.set(delivery.nextDeadline());
  }

  /** Time may have passed unseen, as in sleep: look at the deadlines. */
  hurry() {
    if (this.#delivery.connected) {
      this.#due();
    } else {
      this.renew();
    }
  }

  /**
   * The network has changed: make a new connection. The one there is may be dead,
   * which would show late; if it is not, nothing is lost with it.
   */
  renew() {
    if (!this.#over) {
      // No storm of them, and none if this one proves good until then. By the timer
      // even when it is due: a message in the midst of its dispatch is not counted yet.
      this.#retry.set(this.#link === null ? 0 : this.#link.since + FRESH);
    }
  }

  /** The browser says that there is no network. The connection is kept: it may survive. */
  offline() {
    if (!this.#over) {
      this.#tell("offline");
    }
  }

  /** The browser leaves the page: say so, with all that the server may not have. */
  leave() {
    if (!this.#over) {
      this.#network.leave(this.#hellos.current(), ...this.#delivery.unacknowledged(FAREWELL));
      this.#drop(LEFT, "the page was left");
      // It may come out of the back/forward cache.
      this.#tell("connecting");
    }
  }

  /**
   * The page has ended on this side: close the connection, and make no other. Over a
   * WebSocket the code tells the server; else it learns that the page was left.
   * @param {number} code
   * @param {string} reason
   */
  stop(code, reason) {
    this.#over = true;
    if (this.#link !== null && this.#link.kind !== WEBSOCKET) {
      this.#network.leave(this.#hellos.current(), 1, []);
    }
    this.#drop(code, reason);
  }

  /** @param {string} kind */
  #open(kind) {
    const hello = this.#hellos.next();
    /** @type {Link} */
    const link = { kind, connection: hello.connection, since: this.#clock.now(), transport: null };
    /** @param {(link: Link, ...args: any[]) => void} handler */
    const ofLink = (handler) => (/** @type {any[]} */ ...args) => {
      if (link === this.#link || link === this.#candidate) {
        this.#guarded(() => handler.call(this, link, ...args));
      }
    };
    link.transport = this.#network.open(kind, hello, {
      welcome: ofLink(this.#welcome),
      messages: ofLink(this.#received),
      acknowledged: ofLink(this.#acknowledged),
      confirmed: ofLink(this.#confirmed),
      closed: ofLink(this.#closed),
      received: () => this.#delivery.takeReceived(),
    });
    return link;
  }

  /** @param {"connecting" | "connected" | "offline"} state */
  #tell(state) {
    if (state !== this.#state) {
      this.#state = state;
      this.#events.state(state);
    }
  }

  /**
   * What the server has sent may be refused.
   * @param {() => void} handle
   */
  #guarded(handle) {
    try {
      handle();
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
      this.stop(error.code, error.reason);
      this.#events.ended(error.code, error.reason);
    }
  }

  #attempt() {
    const wasConnected = this.#delivery.connected;
    this.#drop(TAKEN_OVER, NEWER);
    this.#link = this.#open(this.#chooser.kind);
    this.#timer.set(this.#link.since + this.#patience);
    if (wasConnected) {
      this.#tell("offline");
    }
  }

  /**
   * How long a try may take. If no other transport is left, longer each time: at first
   * it may just have been given a TCP connection that is dead.
   */
  get #patience() {
    return this.#chooser.last ? Math.min(ATTEMPT, GOOD * 2 ** this.#failures) : GOOD;
  }

  /**
   * @param {Link} link
   * @param {{received: number, first: number, heartbeat: number, timeout: number}} welcome
   */
  #welcome(link, { received, first, heartbeat, timeout }) {
    const delivery = this.#delivery;
    if (link === this.#candidate) {
      this.#link?.transport.close(TAKEN_OVER, NEWER);
      this.#link = link;
      this.#candidate = null;
    }
    delivery.heartbeat = heartbeat;
    delivery.timeout = timeout;
    delivery.connect(link.connection, received, this.#clock.now(), first);
    this.#chooser.worked(link.kind);
    this.#timer.stop();
    this.#retry.stop();
    this.#tell("connected");
    this.#upgrade.start(link.kind);
    this.flush();
  }

  /**
   * @param {Link} link
   * @param {string[]} messages
   * @param {number | null} first
   */
  #received({ connection }, messages, first) {
    const delivery = this.#delivery;
    // Whatever the browser said of the network.
    this.#tell("connected");
    delivery.receive(connection, messages, this.#clock.now(), first);
    for (let text = delivery.nextMessage(); text !== null; text = delivery.nextMessage()) {
      this.#events.message(text);
      if (this.#over) {
        return;
      }
      delivery.count(this.#clock.now());
    }
    this.flush();
  }

  /**
   * @param {Link} link
   * @param {number} received
   */
  #acknowledged({ connection }, received) {
    this.#tell("connected");
    this.#delivery.acknowledge(connection, received, this.#clock.now());
    this.flush();
  }

  /**
   * @param {Link} _
   * @param {number} received
   */
  #confirmed(_, received) {
    this.#delivery.confirm(received);
  }

  /**
   * @param {Link} link
   * @param {number} code
   * @param {string} reason
   */
  #closed(link, code, reason) {
    link.transport = null;
    // The one that took over may have been given up since.
    const byOurs = code === TAKEN_OVER && link.connection < this.#hellos.connection;
    if (link === this.#candidate) {
      this.#candidate = null;
      if (this.#link === null) {
        // The lesser one was well until this one took over.
        this.#upgrade.slower();
        this.#drop(TAKEN_OVER, NEWER);
        this.#tell("offline");
        this.#retry.set(0);
      } else {
        this.#upgrade.failed();
      }
    } else if (byOurs && this.#candidate !== null) {
      // Its welcome is on its way.
      this.#delivery.disconnect(link.connection);
      this.#link = null;
      this.#upgrade.atMost(GOOD);
    } else if (ENDS.includes(code) && !byOurs) {
      this.#drop(code, reason);
      this.#over = true;
      this.#events.ended(code, reason);
    } else {
      this.#lost(link, code);
    }
  }

  /**
   * There is no connection any more: try again, with another transport if this one
   * has connected for a moment or not at all.
   * @param {Link} link
   * @param {number} code
   */
  #lost({ kind, since }, code) {
    const { connected } = this.#delivery;
    const now = this.#clock.now();
    const brief = now - since < GOOD;
    this.#hellos.learn(code, now);
    if (brief && connected) {
      this.#upgrade.slower();
    }
    const another = (brief || !connected) && this.#chooser.failed();
    this.#drop(TAKEN_OVER, NEWER);
    if (connected || !another) {
      this.#tell("offline");
    }
    const pause = another ? 0 : backoff(this.#failures++, this.#random());
    this.#retry.set(now + pause);
  }

  /**
   * Close what there is: there is no connection, and none is tried.
   * @param {number} code
   * @param {string} reason
   */
  #drop(code, reason) {
    const now = this.#clock.now();
    const [link, candidate] = [this.#link, this.#candidate];
    this.#link = this.#candidate = null;
    if (link !== null) {
      if (this.#delivery.connected && now - link.since >= GOOD) {
        this.#failures = 0;
      }
      this.#delivery.disconnect(link.connection);
    }
    this.#timer.stop();
    this.#retry.stop();
    this.#upgrade.stop();
    link?.transport?.close(code, reason);
    candidate?.transport.close(code, reason);
  }

  #due() {
    const link = this.#link;
    if (link === null) {
      return;
    }
    const now = this.#clock.now();
    const { connected } = this.#delivery;
    if (connected ? this.#delivery.expire(now) === SILENT : now >= link.since + this.#patience) {
      this.#giveUp(link);
    } else if (connected) {
      this.flush();
    } else {
      this.#timer.set(link.since + this.#patience);
    }
  }

  /** @param {Link} link */
  #giveUp(link) {
    const reason = "heard nothing";
    link.transport.close(TIMED_OUT, reason);
    this.#closed(link, TIMED_OUT, reason);
  }
}
