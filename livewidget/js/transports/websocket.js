// @ts-check
// WebSocket, see docs/protocol.md, "WebSocket".

import { LOST, MALFORMED, OF_WEBSOCKET } from "../wire/codes.js";
import { ProtocolError } from "../wire/errors.js";
import { parse } from "../wire/messages.js";

export const SUBPROTOCOL = "livewidget.1";

/** `WebSocket.OPEN` */
const OPEN = 1;

/** So many bytes of a reason fit into a close frame (RFC 6455, 5.5). */
const REASON_BYTES = 123;

const isCount = (/** @type {any} */ value) => Number.isSafeInteger(value) && value >= 0;
const isTime = (/** @type {any} */ value) => Number.isFinite(value) && value > 0;

/**
 * What a transport tells the page, and asks it.
 * @typedef {object} TransportEvents
 * @property {(welcome: any) => void} welcome the hello was answered
 * @property {(messages: string[], first: number | null) => void} messages
 * @property {(received: number) => void} acknowledged by the server, who wants an answer
 * @property {(received: number) => void} confirmed the same in the answer to a request
 * @property {() => number} received what to acknowledge with a request
 * @property {(code: number, reason: string) => void} closed once, and last
 */

/** One connection over a WebSocket. */
export class WebSocketTransport {
  /** @type {TransportEvents | null} null: it is closed */
  #events;
  /** @type {WebSocket | null} null: the browser gives none */
  #socket = null;
  #welcomed = false;

  /**
   * @param {URL} base the URL of `_live/`
   * @param {object} hello
   * @param {TransportEvents} events
   * @param {{WebSocket: typeof WebSocket}} environment
   */
  constructor(base, hello, events, { WebSocket: Socket }) {
    const url = new URL("ws", base);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#events = events;
    try {
      this.#listen(new Socket(url, SUBPROTOCOL), hello);
    } catch (error) {
      // Where WebSockets are forbidden, there may be no class or one that throws.
      queueMicrotask(() => this.#closed(LOST, String(error)));
    }
  }

  /**
   * @param {number} first the count of the first one
   * @param {string[]} messages
   */
  send(first, messages) {
    for (const text of messages) {
      this.#write(text);
    }
  }

  /** @param {number} received */
  acknowledge(received) {
    this.#write(JSON.stringify({ received }));
  }

  /**
   * Close it; nothing is told any more.
   * @param {number} code of codes.js: a browser takes no other from a script
   * @param {string} reason
   */
  close(code, reason) {
    this.#events = null;
    const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(REASON_BYTES));
    this.#socket?.close(code, reason.slice(0, read));
  }

  /**
   * @param {WebSocket} socket
   * @param {object} hello
   */
  #listen(socket, hello) {
    this.#socket = socket;
    socket.onopen = () => this.#write(JSON.stringify(hello));
    socket.onmessage = ({ data }) => this.#guarded(data);
    socket.onclose = ({ code, reason }) => this.#closed(OF_WEBSOCKET[code] ?? code, reason);
  }

  /** @param {string} text */
  #write(text) {
    // A socket may have died, and say so a moment later: the next one carries it.
    if (this.#socket?.readyState === OPEN) {
      this.#socket.send(text);
    }
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #closed(code, reason) {
    const events = this.#events;
    this.#events = null;
    events?.closed(code, reason);
  }

  /** @param {unknown} data */
  #guarded(data) {
    if (this.#events === null) {
      return;
    }
    try {
      this.#received(data);
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
      const events = this.#events;
      this.close(error.code, error.reason);
      events?.closed(error.code, error.reason);
    }
  }

  /** @param {unknown} data */
  #received(data) {
    if (typeof data !== "string") {
      throw new ProtocolError(MALFORMED, "a binary frame");
    }
    if (!data.startsWith("{")) {
      this.#events?.messages([data], null);
      return;
    }
    const control = parse(data);
    const { received, first, heartbeat, timeout } = control;
    const isWelcome = isCount(first) && isTime(heartbeat) && isTime(timeout);
    if (!isCount(received) || !(this.#welcomed || isWelcome)) {
      throw new ProtocolError(MALFORMED, "a control frame that is not known");
    }
    if (this.#welcomed) {
      this.#events?.acknowledged(received);
    } else {
      this.#welcomed = true;
      this.#events?.welcome(control);
    }
  }
}
