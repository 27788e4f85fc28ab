// @ts-check
// Long-poll: a request waits for messages. See docs/protocol.md, "HTTP".

import { HttpTransport } from "./http.js";

/** How often to ask without the right to wait, in seconds. */
const INTERVAL = 1;

export class LongPollTransport extends HttpTransport {
  async run() {
    const { slots } = this.environment;
    const heartbeat = slots.holdFor ?? this.hello.heartbeat;
    const options = { ...this.hold(), priority: "high" };
    const answer = await this.ask("poll", { hello: true, heartbeat }, options);
    this.welcome(answer);
    this.#take(answer);
    while (this.events !== null) {
      if (await this.takeSlot()) {
        await this.#poll({}, "low");
      } else {
        const pause = this.#pause();
        await this.#poll({ wait: false }, "high");
        await pause;
      }
    }
  }

  /** The next poll carries it. */
  acknowledge() {}

  /**
   * @param {object} fields
   * @param {string} priority over other requests that wait for a connection
   */
  async #poll(fields, priority) {
    if (this.events === null) {
      return;
    }
    const received = this.events.received();
    const held = this.hold();
    try {
      this.#take(await this.ask("poll", { received, ...fields }, { ...held, priority }));
    } catch (error) {
      if (this.events === null || !held.signal.aborted) {
        throw error;
      }
      // It was given up for a `send`, which is to be first.
      await this.#pause();
    }
  }

  /** Until there may be something to ask for: after a `send` the answer to a call. */
  #pause() {
    return new Promise((/** @type {any} */ resolve) => {
      this.sendAnswered = resolve;
      this.environment.clock.setTimer(resolve, INTERVAL);
    });
  }

  /** @param {any} answer without messages it is a sign of life all the same */
  #take({ received, first = null, messages = [] }) {
    this.events?.confirmed(received);
    this.events?.messages(
      messages.map((/** @type {unknown} */ message) => JSON.stringify(message)),
      first,
    );
  }
}
