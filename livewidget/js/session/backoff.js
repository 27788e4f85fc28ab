// @ts-check

const FIRST = 0.5;
/** The server keeps a page for a minute. A page whose network is back must try well before. */
const LONGEST = 5;

/**
 * Return how long to wait before the next attempt, in seconds. The random part keeps the
 * browsers of a restarted server from reconnecting all at the same time.
 * @param {number} failures how many attempts have failed in a row, from 0
 * @param {number} random from 0 to 1
 */
export function backoff(failures, random) {
  const longest = Math.min(LONGEST, FIRST * 2 ** failures);
  return longest * (0.2 + 0.8 * random);
}
