// @ts-check
// Tries for a better transport while another one is in use. See docs/reference/protocol.md, "Choosing".

import { DeadlineTimer } from "./timer.js";

/** When to try first, in seconds: for a transport that has worked on this page, and for others. */
const SOON = 5;
const LATER = 60;
/** The longest time between two tries, in seconds. */
const LATEST = 600;
/** A connection that lasted this long, in seconds, was a good one. */
export const GOOD = 2;
/** How long a try may take, in seconds. */
const TRY = 10;

export class Upgrade {
  #chooser;
  #clock;
  #events;
  #timer;
  #kind = "";
  /** @type {string[]} the transports still to be tried in this round */
  #untried = [];
  #trying = false;
  #after = LATER;
  /** The shortest time before the next try, in seconds. */
  #atLeast = 0;
  /** When a connection over the best transport began. */
  #best = Infinity;
  /** Counts the connections, so that the answer to an outdated probe is recognised. */
  #started = 0;

  /**
   * @param {import("./chooser.js").Chooser} chooser
   * @param {import("./timer.js").Clock} clock
   * @param {object} events
   * @param {(kind: string) => Promise<boolean>} events.probe whether the transport gets through
   * @param {(kind: string) => void} events.open try a transport; `start`, `failed` or `stop` follows
   * @param {() => void} events.timedOut the try takes too long
   */
  constructor(chooser, clock, events) {
    this.#chooser = chooser;
    this.#clock = clock;
    this.#events = events;
    this.#timer = new DeadlineTimer(clock, () => this.#due());
  }

  /**
   * Handle a new connection: try for a better one later.
   * @param {string} kind
   */
  start(kind) {
    this.stop();
    const [better, known] = this.#chooser.better(kind);
    this.#kind = kind;
    if (better.length > 0) {
      this.#after = Math.max(known ? SOON : LATER, this.#atLeast);
      this.limit(this.#after);
    } else {
      this.#best = this.#clock.now();
    }
  }

  /** Handle the end of that connection. */
  stop() {
    if (this.#clock.now() - this.#best >= GOOD) {
      this.#atLeast = 0;
    }
    this.#best = Infinity;
    this.#started += 1;
    this.#trying = false;
    this.#timer.stop();
  }

  /** Handle a try that failed: try the next transport. */
  failed() {
    this.#trying = false;
    this.#timer.stop();
    this.#next();
  }

  /**
   * Limit how long the current try, or the wait for the next one, may still take.
   * @param {number} seconds
   */
  limit(seconds) {
    this.#timer.set(this.#clock.now() + seconds);
  }

  /** Try less often: the transport was no improvement. */
  slower() {
    this.#after = this.#atLeast = Math.min(LATEST, this.#after * 2);
  }

  #due() {
    if (this.#trying) {
      this.#events.timedOut();
    } else {
      [this.#untried] = this.#chooser.better(this.#kind);
      this.#next();
    }
  }

  async #next() {
    const kind = this.#untried.shift();
    if (kind === undefined) {
      this.slower();
      this.limit(this.#after);
      return;
    }
    const started = this.#started;
    // A hello ends the connection in use. So probe before one is sent.
    const clear = await this.#events.probe(kind);
    if (started !== this.#started) {
      return;
    }
    if (clear) {
      this.#trying = true;
      this.limit(TRY);
      this.#events.open(kind);
    } else {
      this.#next();
    }
  }
}
