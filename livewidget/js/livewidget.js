// @ts-check
// The public names, and the start of a page in a browser.

import { Banner, endText } from "./banner.js";
import { RELOADS } from "./codes.js";
import { Page } from "./page.js";
import { reloadOnce } from "./reload.js";
import { systemClock } from "./timer.js";
import { WebSocketTransport } from "./transports/websocket.js";

export { BufferFull, ConnectionLost, EncodeError, LiveError, MessageTooLarge, RemoteError } from "./errors.js";
export { Widget } from "./widget.js";

/** Bring the page that the server sent to life. The page's own script calls it. */
export async function start() {
  const node = /** @type {HTMLElement} */ (document.getElementById("livewidget-start"));
  /** @type {import("./page.js").Start} */
  const given = JSON.parse(node.textContent ?? "");
  const reload = () => location.reload();
  const banner = new Banner(document, systemClock, reload);
  const base = new URL(given.base, document.baseURI);
  const page = new Page(given, {
    root: document,
    claim: randomClaim(),
    clock: systemClock,
    random: Math.random,
    importModule: (module) => import(module),
    open: (hello, events) => new WebSocketTransport(base, hello, events),
    show: (state, code, reason) => show(banner, state, code, reason),
  });
  await visible();
  try {
    await page.start();
  } catch (error) {
    banner.show("gone", "This page could not start.");
    throw error;
  }
  addEventListener("offline", () => page.offline());
  addEventListener("online", () => page.renew());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) {
      page.renew();
    }
  });
  addEventListener("pagehide", () => page.leave());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      page.hurry();
    }
  });
}

/**
 * @param {Banner} banner
 * @param {"connecting" | "connected" | "offline" | "gone"} state
 * @param {number} code
 * @param {string} reason
 */
function show(banner, state, code, reason) {
  const event = new CustomEvent("livewidget:state", {
    detail: { state, code, reason },
    cancelable: true,
  });
  if (!document.dispatchEvent(event)) {
    // The application shows it in its own way.
    document.documentElement.dataset.liveState = state;
  } else if (state === "offline") {
    banner.show(state, "Connection lost. Reconnecting …");
  } else if (state !== "gone") {
    banner.show(state, "");
  } else {
    const fresh = RELOADS.includes(code) && reloadOnce(sessionStorage, Date.now() / 1000, () => location.reload());
    banner.show(state, fresh ? "This page has ended. Getting a fresh one …" : endText(code, reason));
  }
}

/** A page that is prerendered waits until somebody sees it. */
function visible() {
  // @ts-ignore not in TypeScript's library yet
  if (!document.prerendering) {
    return Promise.resolve();
  }
  return new Promise((resolve) =>
    document.addEventListener("prerenderingchange", resolve, { once: true }),
  );
}

function randomClaim() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
