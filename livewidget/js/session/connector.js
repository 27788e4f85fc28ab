// @ts-check
// Keeps a page connected: connects, resumes, gives up. The page notices none of it.

import { backoff } from "./backoff.js";
import { ENDS, TAKEN_OVER, TIMED_OUT } from "../wire/codes.js";
import { SILENT } from "../wire/delivery.js";
import { ProtocolError } from "../wire/errors.js";
import { HelloFactory } from "./hello.js";
import { TRANSITIONS } from "./states.js";
import { DeadlineTimer } from "./timer.js";
import { GOOD, Upgrade } from "./upgrade.js";

/** The longest time that a connection may take to be established, in seconds. The first attempt gets GOOD. */
const ATTEMPT = 10;
/** A connection or attempt older than this, in seconds, may be older than the network. */
const FRESH = 1;
const WEBSOCKET = "websocket";

/** The size of what a `fetch` with `keepalive` may carry, in bytes, without what surrounds the messages. */
const FAREWELL = 60 * 1024;
/** The close code for leaving a page (RFC 6455, 7.4.1). Scripts may not use 1001. */
const LEFT = 1000;
const NEWER = "a newer connection has taken over";

/** @typedef {import("./states.js").ConnectorState} ConnectorState */
/** @typedef {import("./states.js").ConnectorEvent} ConnectorEvent */

/**
 * A connection, or an attempt at one.
 * @typedef {object} Link
 * @property {string} kind
 * @property {number} connection
 * @property {number} since
 * @property {any} transport null: it is closed
 */

/**
 * @typedef {object} ConnectorEvents
 * @property {(text: string) => void} message dispatch it; may throw nothing but a ProtocolError
 * @property {(state: "connecting" | "connected" | "offline") => void} state
 * @property {(code: number, reason: string) => void} ended the page has ended
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
  /** @type {ConnectorState} */
  #state = "waiting";
  /** @type {Link | null} the connection in use, or the attempt at one */
  #link = null;
  /** @type {Link | null} the attempt at a better transport, beside the connection in use */
  #candidate = null;
  #failures = 0;
  /** The state that the page was last told of. */
  #shown = "";

  /**
   * @param {object} options
   * @param {import("../wire/delivery.js").Delivery} options.delivery
   * @param {import("./chooser.js").Chooser} options.chooser
   * @param {import("../page/page.js").Network} options.network
   * @param {{page: string, claim: string}} options.identity goes into each hello
   * @param {import("./timer.js").Clock} options.clock
   * @param {() => number} options.random
   * @param {ConnectorEvents} options.events
   */
  constructor({ delivery, chooser, network, identity, clock, random, events }) {
    this.#delivery = delivery;
    this.#chooser = chooser;
    this.#network = network;
    this.#hellos = new HelloFactory(identity, delivery);
    this.#clock = clock;
    this.#random = random;
    this.#events = events;
    this.#timer = new DeadlineTimer(clock, () => this.#due());
    this.#retry = new DeadlineTimer(clock, () => this.#attempt());
    this.#upgrade = new Upgrade(chooser, clock, {
      probe: (kind) => network.probe(kind, this.#hellos.current()),
      open: (kind) => {
        this.#enter("open");
        this.#candidate = this.#open(kind);
      },
      timedOut: () => this.#giveUp(/** @type {Link} */ (this.#candidate)),
    });
  }

  /** The state, for tests and debuggers. */
  get state() {
    return this.#state;
  }

  /** Make the first attempt to connect. */
  start() {
    this.#show("connecting");
    this.#attempt();
  }

  /** Send what is new. */
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

  /** Check the deadlines: timers may have stood still, as while the computer slept. */
  wake() {
    if (this.#delivery.connected) {
      this.#due();
    } else {
      this.reconnect();
    }
  }

  /**
   * Replace the connection, since the network has changed. The old one may be dead, which
   * would show late. If it is alive, nothing is lost by replacing it.
   */
  reconnect() {
    if (this.#state !== "over") {
      // At most once per second, and not at all if an attempt succeeds meanwhile. Always by
      // the timer: a message that is being dispatched is not counted yet.
      this.#retry.set(this.#link === null ? 0 : this.#link.since + FRESH);
    }
  }

  /** Handle the browser's report that there is no network. The connection is kept: it may survive. */
  offline() {
    if (this.#state !== "over") {
      this.#show("offline");
    }
  }

  /** Tell the server that the browser leaves the page, with all that it may not have received. */
  leave() {
    if (this.#enter("leave") !== "over") {
      this.#network.leave(this.#hellos.current(), ...this.#delivery.unacknowledged(FAREWELL));
      this.#drop(LEFT, "the page was left");
      // The page may return from the back/forward cache.
      this.#show("connecting");
    }
  }

  /**
   * Close the connection for good, since the page has ended on this side. A WebSocket sends
   * the code to the server. Over HTTP, the server learns that the page was left.
   * @param {number} code
   * @param {string} reason
   */
  stop(code, reason) {
    this.#enter("stop");
    if (this.#link !== null && this.#link.kind !== WEBSOCKET) {
      this.#network.leave(this.#hellos.current(), 1, []);
    }
    this.#drop(code, reason);
  }

  /**
   * Go where an event leads.
   * @param {ConnectorEvent} event
   * @returns {ConnectorState} the new state, or the same
   */
  #enter(event) {
    /** @type {Partial<Record<ConnectorEvent, any>>} */
    const row = TRANSITIONS[this.#state];
    this.#state = row[event] ?? this.#state;
    return this.#state;
  }

  /** @param {string} kind */
  #open(kind) {
    const hello = this.#hellos.next();
    /** @type {Link} */
    const link = { kind, connection: hello.connection, since: this.#clock.now(), transport: null };
    /** @param {(link: Link, ...args: any[]) => void} handler */
    const ofLink = (handler) => (/** @type {any[]} */ ...args) => this.#handle(link, handler, args);
    link.transport = this.#network.open(kind, hello, {
      welcome: ofLink(this.#welcome),
      messages: ofLink(this.#received),
      acknowledged: ofLink(this.#acknowledged),
      confirmed: ofLink((_, received) => this.#delivery.confirm(received)),
      closed: ofLink(this.#closed),
      received: () => this.#delivery.takeReceived(),
    });
    return link;
  }

  /** @param {"connecting" | "connected" | "offline"} state */
  #show(state) {
    if (state !== this.#shown) {
      this.#shown = state;
      this.#events.state(state);
    }
  }

  /**
   * Handle an event of a link, unless the link was dropped. A violation of the protocol ends
   * the page.
   * @param {Link} link
   * @param {(link: Link, ...args: any[]) => void} handler
   * @param {any[]} args
   */
  #handle(link, handler, args) {
    if (link !== this.#link && link !== this.#candidate) {
      return;
    }
    try {
      handler.call(this, link, ...args);
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
    this.#enter("attempt");
    this.#drop(TAKEN_OVER, NEWER);
    this.#link = this.#open(this.#chooser.kind);
    this.#timer.set(this.#link.since + this.#patience);
    if (wasConnected) {
      this.#show("offline");
    }
  }

  /**
   * How long an attempt may take, in seconds. Without another transport to try, it grows: an
   * early attempt may have been given a dead TCP connection.
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
    this.#enter("welcome");
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
    this.#show("connected");
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
    // Whatever the browser reports about the network.
    this.#show("connected");
    delivery.receive(connection, messages, this.#clock.now(), first);
    for (let text = delivery.nextMessage(); text !== null; text = delivery.nextMessage()) {
      this.#events.message(text);
      if (this.#state === "over") {
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
    this.#show("connected");
    this.#delivery.acknowledge(connection, received, this.#clock.now());
    this.flush();
  }

  /**
   * @param {Link} link
   * @param {number} code
   * @param {string} reason
   */
  #closed(link, code, reason) {
    const before = this.#state;
    link.transport = null;
    switch (this.#enter(this.#eventOf(link, code))) {
      case "inUse":
        this.#candidate = null;
        this.#upgrade.failed();
        break;
      case "replaced":
        // The welcome of the candidate is on its way.
        this.#delivery.disconnect(link.connection);
        this.#link = null;
        this.#upgrade.limit(GOOD);
        break;
      case "over":
        this.#drop(code, reason);
        this.#events.ended(code, reason);
        break;
      case "waiting":
        if (before === "replaced") {
          this.#resume();
        } else {
          this.#lost(link, code);
        }
    }
  }

  /**
   * Return what it means that a connection was closed.
   * @param {Link} link
   * @param {number} code
   */
  #eventOf(link, code) {
    if (link === this.#candidate) {
      return "failed";
    }
    // A newer connection of this page, even if it has failed since. Otherwise another copy.
    if (code === TAKEN_OVER && link.connection < this.#hellos.connection) {
      return "replaced";
    }
    return ENDS.includes(code) ? "ended" : "lost";
  }

  /** Go back to the lesser transport, which worked until the failed candidate took over. */
  #resume() {
    this.#upgrade.slower();
    this.#drop(TAKEN_OVER, NEWER);
    this.#show("offline");
    this.#retry.set(0);
  }

  /**
   * Try again: with another transport, if this one was connected only briefly or not at all.
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
      this.#show("offline");
    }
    this.#retry.set(another ? 0 : now + backoff(this.#failures++, this.#random()));
  }

  /**
   * Close the connection and the candidate, and stop all timers.
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
    candidate?.transport?.close(code, reason);
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
