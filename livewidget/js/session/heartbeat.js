// @ts-check

/** A silence that is not worth a heartbeat of its own, in seconds. */
const SHORT = 2;
/** Two silences are the same, give or take so much. */
const ALIKE = 1.5;

/** Learns how long a connection may be silent before something between cuts it. */
export class IdleCut {
  #before = 0;
  /** @type {number | undefined} the heartbeat to ask for, in seconds */
  heartbeat;

  /**
   * A connection was cut: twice after the same silence is no accident.
   * @param {number} silence in seconds
   * @param {number} heartbeat that connections have now
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
