// @ts-check

/**
 * The time, in seconds, and timers: passed in, so that tests need not wait.
 * @typedef {object} Clock
 * @property {() => number} now
 * @property {(callback: () => void, seconds: number) => any} setTimer
 * @property {(timer: any) => void} clearTimer
 */

/** @type {Clock} */
export const systemClock = {
  // Not performance.now(): that one stands still while a laptop sleeps.
  now: () => Date.now() / 1000,
  setTimer: (callback, seconds) => setTimeout(callback, seconds * 1000),
  clearTimer: (timer) => clearTimeout(timer),
};

/** Calls `due` at a deadline that keeps moving; it may fire early. */
export class DeadlineTimer {
  #clock;
  #due;
  /** @type {any} */
  #timer = null;
  #at = 0;

  /**
   * @param {Clock} clock
   * @param {() => void} due
   */
  constructor(clock, due) {
    this.#clock = clock;
    this.#due = due;
  }

  /** @param {number | null} deadline in seconds of the clock; null: leave it */
  set(deadline) {
    if (deadline === null || (this.#timer !== null && this.#at <= deadline)) {
      return;
    }
    this.stop();
    this.#at = deadline;
    this.#timer = this.#clock.setTimer(
      () => {
        this.#timer = null;
        this.#due();
      },
      Math.max(0, deadline - this.#clock.now()),
    );
  }

  stop() {
    if (this.#timer !== null) {
      this.#clock.clearTimer(this.#timer);
      this.#timer = null;
    }
  }
}
