// @ts-check

const RELOADED_KEY = "livewidget-reloaded";
/** The shortest time between two automatic reloads, in seconds. */
const ONCE_IN = 60;

/**
 * Reload the page: immediately, or when a minute has passed since the last automatic reload.
 * @param {Pick<Storage, "getItem" | "setItem">} storage
 * @param {import("../session/timer.js").Clock} clock
 * @param {() => void} reload
 * @returns {boolean} whether it reloads immediately
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
 * Allow the next automatic reload immediately: the connection lasts, or the user returned to the
 * page.
 * @param {Pick<Storage, "removeItem">} storage
 */
export function forgetReload(storage) {
  try {
    storage.removeItem(RELOADED_KEY);
  } catch {
    // Storage is forbidden: there is nothing to forget.
  }
}

/**
 * @param {Pick<Storage, "getItem" | "setItem">} storage
 * @param {number} now
 * @returns {number} how long to wait, in seconds; 0: reload now, and the time is stored
 */
function mayReload(storage, now) {
  try {
    const wait = Number(storage.getItem(RELOADED_KEY)) + ONCE_IN - now;
    // Never longer than a minute: the clock may have been set back.
    if (wait > 0 && wait <= ONCE_IN) {
      return wait;
    }
    storage.setItem(RELOADED_KEY, String(now));
    return 0;
  } catch {
    // Storage is forbidden: the last reload is unknown, and a loop would be worse than a wait.
    return ONCE_IN;
  }
}
