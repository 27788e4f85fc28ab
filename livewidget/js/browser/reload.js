// @ts-check

const RELOADED_KEY = "livewidget-reloaded";
/** A page reloads by itself at most once in so many seconds. */
const ONCE_IN = 60;
/**
 * Get a fresh page: now, or if that was tried a moment ago, when the minute is over.
 * @param {Pick<Storage, "getItem" | "setItem">} storage
 * @param {import("../session/timer.js").Clock} clock
 * @param {() => void} reload
 * @returns {boolean} whether it reloads now; a person may ask for it before
 */
export function reloadSoon(storage, clock, reload) {
  const wait = mayReload(storage, clock.now());
  if (wait === 0) {
    reload();
  } else {
    clock.setTimer(() => {
      mayReload(storage, clock.now());
      reload();
    }, wait);
  }
  return wait === 0;
}

/**
 * All is well, or a person has come back to the page: the next reload is no loop.
 * @param {Pick<Storage, "removeItem">} storage
 */
export function forgetReload(storage) {
  try {
    storage.removeItem(RELOADED_KEY);
  } catch {
    // Forbidden: then there is nothing to forget.
  }
}

/**
 * @param {Pick<Storage, "getItem" | "setItem">} storage
 * @param {number} now
 * @returns {number} when it may reload, in seconds; 0: now, which is noted
 */
function mayReload(storage, now) {
  try {
    const wait = Number(storage.getItem(RELOADED_KEY)) + ONCE_IN - now;
    // Not longer than a minute: the clock may have been set back.
    if (wait > 0 && wait <= ONCE_IN) {
      return wait;
    }
    storage.setItem(RELOADED_KEY, String(now));
    return 0;
  } catch {
    // Storage is forbidden: we cannot know, and a loop would be worse.
    return ONCE_IN;
  }
}
