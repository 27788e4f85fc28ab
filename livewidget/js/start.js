// @ts-check
// Starts a page in a browser: connects the modules to the DOM, the network and the storage.

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

/** The session storage. Where storage is forbidden, even reading the global name throws. */
const storage = {
  /** @param {string} key */
  getItem: (key) => sessionStorage.getItem(key),
  /** @param {string} key @param {string} value */
  setItem: (key, value) => sessionStorage.setItem(key, value),
  /** @param {string} key */
  removeItem: (key) => sessionStorage.removeItem(key),
};

/**
 * In milliseconds: how long a connection must last before the next reload no longer counts
 * as a loop, and the time between two checks for a server.
 */
const WELL = 5000;

/** @type {Record<string, new (...args: any[]) => any>} */
const TRANSPORTS = {
  websocket: WebSocketTransport,
  eventstream: EventStreamTransport,
  longpoll: LongPollTransport,
};

/**
 * Start the page: create its widgets and connect it to the server.
 *
 * The script that the server writes into each page calls this once. Applications need not.
 * @returns {Promise<void>} resolves when the page has begun to connect, or shows that it
 *   could not start
 * @throws {Error} the document lacks the data that the server writes into each page
 * @example
 * import { start } from "livewidget";
 *
 * start();
 * @internal
 */
export async function start() {
  const node = /** @type {HTMLElement} */ (document.getElementById("livewidget-start"));
  /** @type {import("./page/page.js").Start} */
  const data = JSON.parse(node.textContent ?? "");
  const reload = () => {
    saveFields(document, storage, location.pathname);
    location.reload();
  };
  // Without a server, the browser would replace the page with an error page for good.
  const reloadServed = () => {
    const later = () => setTimeout(reloadServed, WELL);
    fetch("", { method: "HEAD" }).then(({ status }) => (status < 500 ? reload() : later()), later);
  };
  const base = new URL(data.base, document.baseURI);
  const banner = new Banner(document, systemClock, reload);
  /** @type {any} */
  let wellSoon = null;
  // Not part of the bundle: for debugging, our modules are served unbundled.
  const overlay = data.debug ? new (await import("./debug/overlay.js")).Overlay(document) : null;
  const slots = createSlots(data.transports);
  // A stream cannot be limited to a few seconds.
  const transports = data.transports.filter((kind) => kind !== "eventstream" || !slots.holdFor);
  const page = new Page({ ...data, transports }, {
    root: document,
    // 160 random bits, in at most 54 characters.
    claim: crypto.getRandomValues(new Uint32Array(5)).join(),
    clock: systemClock,
    random: Math.random,
    loader: new Loader(document, base),
    network: createNetwork(base, slots),
    storage,
    failed: overlay?.failed ?? ((error, where, reported) => reported || reportError(error)),
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
  addEventListener("online", () => page.reconnect());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) {
      forgetReload(storage);
      page.reconnect();
    }
  });
  addEventListener("pagehide", () => page.leave());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      page.wake();
    }
  });
}

/**
 * @param {string[]} transports the offered ones
 */
function createSlots(transports) {
  const [navigation] = /** @type {any[]} */ (performance.getEntriesByType("navigation"));
  // From HTTP/2 on, one connection carries all requests. And without long-poll, a tab that
  // has no slot could not connect at all.
  return new Slots(navigator.locks, systemClock, /^h[23]/.test(navigation?.nextHopProtocol) || !transports.includes("longpoll"));
}

/**
 * @param {URL} base the URL of `_live/`
 * @param {Slots} slots
 * @returns {import("./page/page.js").Network}
 */
function createNetwork(base, slots) {
  const { WebSocket } = globalThis;
  const environment = { fetch: fetch.bind(window), WebSocket, clock: systemClock, slots };
  return {
    open: (kind, hello, events) => new TRANSPORTS[kind](base, hello, events, environment),
    probe: async (kind, hello) => kind !== "eventstream" || probe(base, hello, environment),
    leave: (hello, first, messages) => leave(base, hello, first, messages, environment),
  };
}

/**
 * Show the state of the page, unless the application does so itself.
 * @param {Banner} banner
 * @param {import("./page/page.js").PageState} state
 * @param {number} code
 * @param {string} reason
 * @param {() => boolean} reloadPage returns whether it reloads now
 */
function show(banner, state, code, reason, reloadPage) {
  const event = new CustomEvent("livewidget:state", {
    detail: { state, code, reason },
    cancelable: true,
  });
  if (!document.dispatchEvent(event)) {
    // The application shows the state in its own way.
    document.documentElement.dataset.liveState = state;
  } else if (state === "offline") {
    banner.show(state, "Connection lost. Reconnecting …");
  } else if (state !== "gone") {
    banner.show(state, "");
  } else {
    const reloads = RELOADS.includes(code) && reloadPage();
    banner.show(state, reloads ? "This page has ended. Getting a fresh one …" : endText(code, reason));
  }
}

/** Wait until a prerendered page is shown. */
async function visible() {
  // @ts-ignore not in TypeScript's library yet
  if (document.prerendering) {
    await new Promise((resolve) =>
      document.addEventListener("prerenderingchange", resolve, { once: true }),
    );
  }
}
