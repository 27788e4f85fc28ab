// @ts-check
// Trying for a better transport while another one is in use. See docs/protocol.md, "Choosing".

import { DeadlineTimer } from "./timer.js";

/** When to try first, in seconds: for one that has worked on this page, and else. Then ever later. */
const SOON = 5;
const LATER = 60;
/** How long between two tries, at most. */
const LATEST = 600;
/** A connection that lasted so long, in seconds, was a good one. */
export const GOOD = 2;
/** How long a try may take. */
const TRY = 10;

export class Upgrade {
  #chooser;
  #clock;
  #events;
  #timer;
  #kind = "";
  /** @type {string[]} transports that are still to be tried in this round */
  #untried = [];
  #trying = false;
  #after = LATER;
  /** What is tried is not tried again before so many seconds. */
  #atLeast = 0;
  /** When the best one began. */
  #best = Infinity;
  /** Counts, so that the answer to a probe which comes too late is seen to be so. */
  #started = 0;

  /**
   * @param {import("./chooser.js").Chooser} chooser
   * @param {import("./timer.js").Clock} clock
   * @param {object} events
   * @param {(kind: string) => Promise<boolean>} events.probe whether the way is clear
   * @param {(kind: string) => void} events.open try it; then comes `start`, `failed` or `stop`
   * @param {() => void} events.late it takes too long
   */
  constructor(chooser, clock, events) {
    this.#chooser = chooser;
    this.#clock = clock;
    this.#events = events;
    this.#timer = new DeadlineTimer(clock, () => this.#due());
  }

  /**
   * A connection has begun: try for a better one later.
   * @param {string} kind
   */
  start(kind) {
    this.stop();
    const [better, known] = this.#chooser.better(kind);
    this.#kind = kind;
    if (better.length > 0) {
      this.#after = Math.max(known ? SOON : LATER, this.#atLeast);
      this.atMost(this.#after);
    } else {
      this.#best = this.#clock.now();
    }
  }

  /** That connection is over. */
  stop() {
    if (this.#clock.now() - this.#best >= GOOD) {
      this.#atLeast = 0;
    }
    this.#best = Infinity;
    this.#started += 1;
    this.#trying = false;
    this.#timer.stop();
  }

  /** The one that was tried is none: try the next. */
  failed() {
    this.#trying = false;
    this.#timer.stop();
    this.#next();
  }

  /**
   * What is tried, or waited for, may take so long yet.
   * @param {number} seconds
   */
  atMost(seconds) {
    this.#timer.set(this.#clock.now() + seconds);
  }

  /** What was tried is no better: the next try is later. */
  slower() {
    this.#after = this.#atLeast = Math.min(LATEST, this.#after * 2);
  }

  #due() {
    if (this.#trying) {
      this.#events.late();
    } else {
      [this.#untried] = this.#chooser.better(this.#kind);
      this.#next();
    }
  }

  async #next() {
    const kind = this.#untried.shift();
    if (kind === undefined) {
      this.slower();
      this.atMost(this.#after);
      return;
    }
    const started = this.#started;
    // Once a try has said hello, the connection in use is over.
    const clear = await this.#events.probe(kind);
    if (started !== this.#started) {
      return;
    }
    if (clear) {
      this.#trying = true;
      this.atMost(TRY);
      this.#events.open(kind);
    } else {
      this.#next();
    }
  }
}
