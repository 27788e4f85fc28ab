// @ts-check
// The public names, and the start of a page in a browser.

import { Banner, endText } from "./browser/banner.js";
import { RELOADS } from "./wire/codes.js";
import { restoreFields, saveFields } from "./browser/fields.js";
import { Loader } from "./page/loader.js";
import { Page } from "./page/page.js";
import { forgetReload, reloadSoon } from "./browser/reload.js";
import { Slots } from "./session/slots.js";
import { systemClock } from "./session/timer.js";
import { EventStreamTransport, probe } from "./transports/eventstream.js";
import { leave } from "./transports/http.js";
import { LongPollTransport } from "./transports/longpoll.js";
import { WebSocketTransport } from "./transports/websocket.js";

export { BufferFull, ConnectionLost, Detached, EncodeError, LiveError, MessageTooLarge, RemoteError } from "./wire/errors.js";
export { Widget } from "./page/widget.js";

/** The storage of the session; where it is forbidden, even to name it fails. */
const storage = {
  /** @param {string} key */
  getItem: (key) => sessionStorage.getItem(key),
  /** @param {string} key @param {string} value */
  setItem: (key, value) => sessionStorage.setItem(key, value),
  /** @param {string} key */
  removeItem: (key) => sessionStorage.removeItem(key),
};

/** After so many milliseconds a connection is a good one, and a page that reloads no loop. */
const WELL = 5000;

/** @type {Record<string, new (...args: any[]) => any>} */
const TRANSPORTS = {
  websocket: WebSocketTransport,
  eventstream: EventStreamTransport,
  longpoll: LongPollTransport,
};

/** Bring the page that the server sent to life. The page's own script calls it. */
export async function start() {
  const node = /** @type {HTMLElement} */ (document.getElementById("livewidget-start"));
  /** @type {import("./page/page.js").Start} */
  const given = JSON.parse(node.textContent ?? "");
  const reload = () => {
    saveFields(document, storage, location.pathname);
    location.reload();
  };
  // Without a server the browser would show an error, and stay with it.
  const reloadServed = () => {
    const later = () => setTimeout(reloadServed, WELL);
    fetch("", { method: "HEAD" }).then(({ status }) => (status < 500 ? reload() : later()), later);
  };
  const base = new URL(given.base, document.baseURI);
  const banner = new Banner(document, systemClock, reload);
  /** @type {any} */
  let wellSoon = null;
  // No part of the bundle: when debugging, our modules are served as they are.
  const overlay = given.debug ? new (await import("./debug/overlay.js")).Overlay(document) : null;
  const slots = makeSlots(given.transports);
  // A stream cannot be held for a short time only.
  const transports = given.transports.filter((kind) => kind !== "eventstream" || !slots.holdFor);
  const page = new Page({ ...given, transports }, {
    root: document,
    // 160 bits, as up to 54 characters.
    claim: crypto.getRandomValues(new Uint32Array(5)).join(),
    clock: systemClock,
    random: Math.random,
    loader: new Loader(document, base),
    network: makeNetwork(base, slots),
    storage,
    failed: overlay?.failed ?? ((error, where, told) => told || reportError(error)),
    show: (state, code, reason) => {
      show(banner, state, code, reason, () => reloadSoon(storage, systemClock, reloadServed));
      clearTimeout(wellSoon);
      if (state === "connected") {
        wellSoon = setTimeout(forgetReload, WELL, storage);
      }
    },
  });
  overlay?.watch(window, page);
  await visible();
  restoreFields(document, storage, location.pathname);
  if (!(await page.start())) {
    banner.show("gone", "This page could not start.");
    return;
  }
  addEventListener("offline", () => page.offline());
  addEventListener("online", () => page.renew());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) {
      forgetReload(storage);
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
 * @param {string[]} transports that are offered
 */
function makeSlots(transports) {
  const [navigation] = performance.getEntriesByType("navigation");
  const { nextHopProtocol = "" } = /** @type {any} */ (navigation ?? {});
  // From HTTP/2 on one connection carries all requests. Without long-poll there is
  // nothing that a tab without a slot could do.
  return new Slots(navigator.locks, systemClock, /^h[23]/.test(nextHopProtocol) || !transports.includes("longpoll"));
}

/**
 * @param {URL} base the URL of `_live/`
 * @param {Slots} slots
 * @returns {import("./page/page.js").Network}
 */
function makeNetwork(base, slots) {
  const { WebSocket } = globalThis;
  const environment = { fetch: fetch.bind(window), WebSocket, clock: systemClock, slots };
  return {
    open: (kind, hello, events) => new TRANSPORTS[kind](base, hello, events, environment),
    probe: async (kind, hello) => kind !== "eventstream" || probe(base, hello, environment),
    leave: (hello, first, messages) => leave(base, hello, first, messages, environment),
  };
}

/**
 * @param {Banner} banner
 * @param {"connecting" | "connected" | "offline" | "gone"} state
 * @param {number} code
 * @param {string} reason
 * @param {() => boolean} reloads get a fresh page; whether that comes now
 */
function show(banner, state, code, reason, reloads) {
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
    const fresh = RELOADS.includes(code) && reloads();
    banner.show(state, fresh ? "This page has ended. Getting a fresh one …" : endText(code, reason));
  }
}

/** A page that is prerendered waits until somebody sees it. */
async function visible() {
  // @ts-ignore not in TypeScript's library yet
  if (document.prerendering) {
    await new Promise((resolve) =>
      document.addEventListener("prerenderingchange", resolve, { once: true }),
    );
  }
}
