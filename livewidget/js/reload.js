// @ts-check

const RELOADED_KEY = "livewidget-reloaded";
/** A page reloads by itself at most once in so many seconds. */
const PAUSE = 60;

/**
 * Get a fresh page, unless that was tried a moment ago.
 * @param {Pick<Storage, "getItem" | "setItem">} storage
 * @param {number} now in seconds
 * @param {() => void} reload
 * @returns {boolean} whether it reloads; else a person has to ask for it
 */
export function reloadOnce(storage, now, reload) {
  try {
    const last = Number(storage.getItem(RELOADED_KEY));
    if (now - last < PAUSE && now >= last) {
      return false;
    }
    storage.setItem(RELOADED_KEY, String(now));
  } catch {
    // Storage is forbidden: we cannot know, and a loop would be worse.
    return false;
  }
  reload();
  return true;
}
