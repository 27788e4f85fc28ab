// @ts-check

/**
 * The time in seconds, and timers. Passed in, so that tests need not wait.
 * @typedef {object} Clock
 * @property {() => number} now
 * @property {(callback: () => void, seconds: number) => any} setTimer
 * @property {(timer: any) => void} clearTimer
 */

/** @type {Clock} */
export const systemClock = {
  // Not performance.now(), which stands still while a laptop sleeps.
  now: () => Date.now() / 1000,
  setTimer: (callback, seconds) => setTimeout(callback, seconds * 1000),
  clearTimer: (timer) => clearTimeout(timer),
};

/** Calls `due` at a deadline that keeps moving, or earlier. */
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

  /**
   * Call `due` at a deadline, unless a call is scheduled earlier.
   * @param {number | null} deadline in seconds of the clock; null changes nothing
   */
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

  /** Cancel the call. */
  stop() {
    this.#clock.clearTimer(this.#timer);
    this.#timer = null;
  }
}
