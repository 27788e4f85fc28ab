// @ts-check

const FIRST = 0.5;
/** A page is kept for a minute: one whose network is back is to find out well before. */
const LONGEST = 5;

/**
 * How long to wait before the next try, in seconds. Spread at random, so that
 * the browsers of a server that comes back do not all come at once.
 * @param {number} failures how many tries have failed in a row, from 0
 * @param {number} random from 0 to 1
 */
export function backoff(failures, random) {
  const longest = Math.min(LONGEST, FIRST * 2 ** failures);
  return longest * (0.2 + 0.8 * random);
}
