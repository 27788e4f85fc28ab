// @ts-check
// The first message of each connection. See docs/reference/protocol.md, "Connections".

import { TIMED_OUT } from "../wire/codes.js";
import { AdaptiveHeartbeat } from "./heartbeat.js";

/** Numbers the connections of a page and creates their hellos. */
export class HelloFactory {
  #identity;
  #delivery;
  #adaptive = new AdaptiveHeartbeat();
  /** The number of the newest connection. */
  connection = 0;

  /**
   * @param {{page: string, claim: string}} identity
   * @param {import("../wire/delivery.js").Delivery} delivery
   */
  constructor(identity, delivery) {
    this.#identity = identity;
    this.#delivery = delivery;
  }

  /** Return the hello of a new connection. */
  next() {
    this.connection += 1;
    return this.current();
  }

  /** Return the hello of the newest connection, with the counts of now. */
  current() {
    const { received } = this.#delivery;
    // JSON leaves out what is undefined.
    return { ...this.#identity, connection: this.connection, received, heartbeat: this.#adaptive.heartbeat };
  }

  /**
   * Learn from a lost connection whether the next one needs a shorter heartbeat.
   * @param {number} code
   * @param {number} now
   */
  learn(code, now) {
    const { connected, heartbeat } = this.#delivery;
    if (connected && code !== TIMED_OUT) {
      this.#adaptive.learn(this.#delivery.silence(now), heartbeat);
    }
  }
}
