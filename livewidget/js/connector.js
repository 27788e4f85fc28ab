// @ts-check
// Keeps a page connected: tries, resumes, gives up. The page sees none of it.

import { backoff } from "./backoff.js";
import { ENDS, TAKEN_OVER, TIMED_OUT } from "./codes.js";
import { SILENT } from "./delivery.js";
import { DeadlineTimer } from "./timer.js";

/** How long a connection may take to be there, in seconds. */
const ATTEMPT = 10;
/** A connection that lasted so long, in seconds, was a good one. */
const GOOD = 2;
/** What was begun so long ago, in seconds, may be older than the network. */
const FRESH = 1;

/**
 * @typedef {object} ConnectorEvents
 * @property {(text: string) => void} message dispatch it; may throw a ProtocolError only
 * @property {(state: "connecting" | "connected" | "offline") => void} state
 * @property {(code: number, reason: string) => void} ended the page is over
 */

export class Connector {
  #delivery;
  #open;
  #clock;
  #random;
  #events;
  #timer;
  #retry;
  /** @type {any} the transport in use or being tried */
  #transport = null;
  #connection = 0;
  #failures = 0;
  #triedAt = 0;
  #over = false;
  /** Whether the browser says that there is no network, and nothing was heard since. */
  #doubted = false;

  /**
   * @param {object} options
   * @param {import("./delivery.js").Delivery} options.delivery
   * @param {(hello: {connection: number, received: number},
   *   events: import("./transports/websocket.js").TransportEvents) => any} options.open
   *   begins a connection, with what its hello says of it
   * @param {import("./timer.js").Clock} options.clock
   * @param {() => number} options.random
   * @param {ConnectorEvents} options.events
   */
  constructor({ delivery, open, clock, random, events }) {
    this.#delivery = delivery;
    this.#open = open;
    this.#clock = clock;
    this.#random = random;
    this.#events = events;
    this.#timer = new DeadlineTimer(clock, () => this.#due());
    this.#retry = new DeadlineTimer(clock, () => this.#attempt());
  }

  start() {
    this.#events.state("connecting");
    this.#attempt();
  }

  /** There may be something new to send. */
  flush() {
    const delivery = this.#delivery;
    if (!delivery.connected) {
      return;
    }
    const now = this.#clock.now();
    const [first, messages] = delivery.takeMessages(now);
    if (messages.length > 0) {
      this.#transport.send(first, messages);
    }
    const received = delivery.takeAck(now);
    if (received !== null) {
      this.#transport.acknowledge(received);
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
      this.#retry.set(this.#transport === null ? 0 : this.#triedAt + FRESH);
    }
  }

  /** The browser says that there is no network. The connection is kept: it may survive. */
  offline() {
    if (!this.#over) {
      this.#doubted = this.#delivery.connected;
      this.#events.state("offline");
    }
  }

  /** The browser leaves the page: say so. */
  leave() {
    this.#transport?.leave();
  }

  /**
   * Close the connection, and make no other. By the code the server learns that the
   * page has ended here; with one of the WebSocket's own it would wait for the next.
   * @param {number} code
   * @param {string} reason
   */
  stop(code, reason) {
    this.#over = true;
    this.#transport?.close(code, reason);
    this.#dropped();
  }

  #attempt() {
    const wasConnected = this.#delivery.connected;
    this.#transport?.close(TAKEN_OVER, "a newer connection takes over");
    this.#dropped();
    this.#triedAt = this.#clock.now();
    const connection = ++this.#connection;
    /** @param {(...args: any[]) => void} handler */
    const current = (handler) => (/** @type {any[]} */ ...args) => {
      if (connection === this.#connection && !this.#over) {
        handler(...args);
      }
    };
    this.#timer.set(this.#triedAt + ATTEMPT);
    this.#transport = this.#open(
      { connection, received: this.#delivery.received },
      {
        welcome: current((welcome) => this.#welcome(connection, welcome)),
        messages: current((messages, first) => this.#received(connection, messages, first)),
        acknowledged: current((received) => this.#acknowledged(connection, received)),
        closed: current((code, reason) => this.#closed(code, reason)),
      },
    );
    if (wasConnected) {
      this.#events.state("offline");
    }
  }

  /**
   * @param {number} connection
   * @param {{received: number, heartbeat: number, timeout: number}} welcome
   */
  #welcome(connection, { received, heartbeat, timeout }) {
    this.#delivery.heartbeat = heartbeat;
    this.#delivery.timeout = timeout;
    this.#delivery.connect(connection, received, this.#clock.now());
    this.#timer.stop();
    this.#retry.stop();
    this.#doubted = false;
    this.#events.state("connected");
    this.flush();
  }

  /** The connection in use has survived what the browser said of the network. */
  #heard() {
    if (this.#doubted) {
      this.#doubted = false;
      this.#events.state("connected");
    }
  }

  /**
   * @param {number} connection
   * @param {string[]} messages
   * @param {number | null} first
   */
  #received(connection, messages, first) {
    const delivery = this.#delivery;
    this.#heard();
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
   * @param {number} connection
   * @param {number} received
   */
  #acknowledged(connection, received) {
    this.#heard();
    this.#delivery.acknowledge(connection, received, this.#clock.now());
    this.flush();
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #closed(code, reason) {
    this.#dropped();
    if (ENDS.includes(code)) {
      this.#over = true;
      this.#events.ended(code, reason);
    } else {
      this.#events.state("offline");
      this.#retry.set(this.#clock.now() + backoff(this.#failures++, this.#random()));
    }
  }

  /** There is no connection, and none is tried. */
  #dropped() {
    const now = this.#clock.now();
    if (this.#delivery.connected && now - this.#triedAt >= GOOD) {
      this.#failures = 0;
    }
    this.#delivery.disconnect(this.#connection, now);
    this.#transport = null;
    this.#doubted = false;
    this.#timer.stop();
    this.#retry.stop();
  }

  #due() {
    const silent = this.#delivery.connected
      ? this.#delivery.expire(this.#clock.now()) === SILENT
      : this.#clock.now() >= this.#triedAt + ATTEMPT;
    if (silent) {
      this.#transport.close(TIMED_OUT, "nothing was heard for too long");
      this.#closed(TIMED_OUT, "nothing was heard for too long");
    } else if (this.#delivery.connected) {
      this.flush();
    } else {
      this.#timer.set(this.#triedAt + ATTEMPT);
    }
  }
}
