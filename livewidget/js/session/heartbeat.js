// @ts-check

/** A shorter silence is not worth a heartbeat of its own, in seconds. */
const SHORT = 2;
/** Two silences count as equal if they differ by less than this, in seconds. */
const ALIKE = 1.5;

/** Finds the heartbeat that keeps proxies from cutting idle connections. */
export class AdaptiveHeartbeat {
  #before = 0;
  /** @type {number | undefined} the heartbeat to ask the server for, in seconds */
  heartbeat;

  /**
   * Learn from a connection that was cut. Two cuts after the same silence are no accident.
   * @param {number} silence in seconds
   * @param {number} heartbeat the one that connections have now, in seconds
   */
  learn(silence, heartbeat) {
    if (silence < SHORT || silence > heartbeat) {
      return;
    }
    if (Math.abs(silence - this.#before) < ALIKE) {
      this.heartbeat = silence / 2;
    }
    this.#before = silence;
  }
}
