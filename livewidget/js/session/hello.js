// @ts-check
// What the page says when a connection begins. See docs/protocol.md, "Connections".

import { TIMED_OUT } from "../wire/codes.js";
import { IdleCut } from "./heartbeat.js";

/** Numbers the connections of a page, and makes their hellos. */
export class Hellos {
  #identity;
  #delivery;
  #idleCut = new IdleCut();
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

  /** That of the next connection. */
  next() {
    this.connection += 1;
    return this.current();
  }

  /** That of the newest connection, if it were said now. */
  current() {
    const { received } = this.#delivery;
    // What is not defined is not in the JSON.
    return { ...this.#identity, connection: this.connection, received, heartbeat: this.#idleCut.heartbeat };
  }

  /**
   * A connection is lost: another one may have to be less silent.
   * @param {number} code
   * @param {number} now
   */
  learn(code, now) {
    const { connected, heartbeat } = this.#delivery;
    if (connected && code !== TIMED_OUT) {
      this.#idleCut.learn(this.#delivery.silence(now), heartbeat);
    }
  }
}
