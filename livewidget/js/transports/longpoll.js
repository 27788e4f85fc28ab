// @ts-check
// Long-poll: the server holds each request until there are messages. See docs/reference/protocol.md, "HTTP".

import { HttpTransport } from "./http.js";

/** The time between polls while no slot is free, in seconds. */
const INTERVAL = 1;

export class LongPollTransport extends HttpTransport {
  async run() {
    const { slots } = this.environment;
    const heartbeat = slots.holdFor ?? this.hello.heartbeat;
    const options = { ...this.hold(), priority: "high" };
    const answer = await this.ask("poll", { hello: true, heartbeat }, options);
    this.welcome(answer);
    this.#handle(answer);
    while (this.events !== null) {
      if (await this.acquireSlot()) {
        await this.#poll({}, "low");
      } else {
        const pause = this.#pause();
        await this.#poll({ wait: false }, "high");
        await pause;
      }
    }
  }

  /** Do nothing: the next poll acknowledges. */
  acknowledge() {}

  /**
   * @param {object} fields
   * @param {string} priority among the requests waiting for a connection
   */
  async #poll(fields, priority) {
    if (this.events === null) {
      return;
    }
    const received = this.events.received();
    const held = this.hold();
    try {
      this.#handle(await this.ask("poll", { received, ...fields }, { ...held, priority }));
    } catch (error) {
      if (this.events === null || !held.signal.aborted) {
        throw error;
      }
      // The poll was aborted in favour of a `send`, which goes first.
      await this.#pause();
    }
  }

  /** Wait for a second, or for the end of a `send`: the answer to a call may be ready. */
  #pause() {
    return new Promise((/** @type {any} */ resolve) => {
      this.sendAnswered = resolve;
      this.environment.clock.setTimer(resolve, INTERVAL);
    });
  }

  /** @param {any} answer one without messages is a sign of life, too */
  #handle({ received, first = null, messages = [] }) {
    this.events?.confirmed(received);
    this.events?.messages(
      messages.map((/** @type {unknown} */ message) => JSON.stringify(message)),
      first,
    );
  }
}
