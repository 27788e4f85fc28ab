// @ts-check
// Keeps a page connected: tries, resumes, gives up. The page sees none of it.

import { backoff } from "./backoff.js";
import { SILENT } from "./delivery.js";
import { DeadlineTimer } from "./timer.js";

/** How long a connection may take to be there, in seconds. */
const ATTEMPT = 10;
/** A connection that lasted so long, in seconds, was a good one. */
const GOOD = 2;
/** An attempt that takes so long, in seconds, may be older than the network. */
const FRESH = 1;

const TIMED_OUT = 4408;
const REFUSED = 4403;
const TAKEN_OVER = 4409;
/** With these codes the page has ended. */
const ENDS = [4000, 4400, 4404, 4413, 4429, 4500];

/**
 * @typedef {object} ConnectorEvents
 * @property {(text: string) => void} message dispatch it; may throw a ProtocolError only
 * @property {(state: "connecting" | "connected" | "offline") => void} state
 * @property {(code: number, reason: string) => void} refused no use in trying again
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

  /** The network or the computer may have come back: try again, or see what has run out. */
  hurry() {
    if (this.#over) {
      return;
    }
    if (this.#delivery.connected) {
      this.#due();
    } else if (this.#transport === null || this.#clock.now() - this.#triedAt >= FRESH) {
      this.#transport?.close(TIMED_OUT, "tried anew");
      this.#attempt();
    }
  }

  /** The browser leaves the page: say so. */
  leave() {
    this.#transport?.leave();
  }

  /** Close the connection, and make no other. */
  stop() {
    this.#over = true;
    this.#timer.stop();
    this.#retry.stop();
    this.#transport?.close(1000, "");
    this.#transport = null;
  }

  #attempt() {
    this.#retry.stop();
    this.#triedAt = this.#clock.now();
    const connection = ++this.#connection;
    /** @param {(...args: any[]) => void} handler */
    const current = (handler) => (/** @type {any[]} */ ...args) => {
      if (connection === this.#connection && !this.#over) {
        handler(...args);
      }
    };
    this.#timer.stop();
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
    this.#events.state("connected");
    this.flush();
  }

  /**
   * @param {number} connection
   * @param {string[]} messages
   * @param {number | null} first
   */
  #received(connection, messages, first) {
    const delivery = this.#delivery;
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
    this.#delivery.acknowledge(connection, received, this.#clock.now());
    this.flush();
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #closed(code, reason) {
    const now = this.#clock.now();
    this.#transport = null;
    this.#timer.stop();
    this.#failures = now - this.#triedAt >= GOOD && this.#delivery.connected ? 0 : this.#failures;
    this.#delivery.disconnect(this.#connection, now);
    if (ENDS.includes(code)) {
      this.#over = true;
      this.#events.ended(code, reason);
    } else if (code === REFUSED) {
      this.#over = true;
      this.#events.refused(code, reason);
    } else if (code === TAKEN_OVER) {
      this.#over = true;
    } else {
      this.#events.state("offline");
      this.#retry.set(now + backoff(this.#failures++, this.#random()));
    }
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
