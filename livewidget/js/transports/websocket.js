// @ts-check
// See docs/reference/protocol.md, "WebSocket".

import { LOST, MALFORMED, OF_WEBSOCKET } from "../wire/codes.js";
import { ProtocolError } from "../wire/errors.js";
import { parse } from "../wire/messages.js";

export const SUBPROTOCOL = "livewidget.1";

/** `WebSocket.OPEN` */
const OPEN = 1;

/** The longest reason that fits into a close frame, in bytes (RFC 6455, 5.5). */
const REASON_BYTES = 123;

const isCount = (/** @type {any} */ value) => Number.isSafeInteger(value) && value >= 0;
const isTime = (/** @type {any} */ value) => Number.isFinite(value) && value > 0;

/**
 * What a transport reports to the connector, and asks it.
 * @typedef {object} TransportEvents
 * @property {(welcome: any) => void} welcome the hello was answered
 * @property {(messages: string[], first: number | null) => void} messages
 * @property {(received: number) => void} acknowledged by the server, which expects an acknowledgement
 * @property {(received: number) => void} confirmed acknowledged in the answer to a request
 * @property {() => number} received the count to acknowledge in a request
 * @property {(code: number, reason: string) => void} closed called once, after all others
 */

/** A connection over a WebSocket. */
export class WebSocketTransport {
  /** @type {TransportEvents | null} null: it is closed */
  #events;
  /** @type {WebSocket | null} null: the browser provides none */
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
      // Where WebSockets are forbidden, the class may be missing or throw.
      queueMicrotask(() => this.#closed(LOST, String(error)));
    }
  }

  /**
   * Send messages.
   * @param {number} first the count of the first one
   * @param {string[]} messages
   */
  send(first, messages) {
    for (const text of messages) {
      this.#write(text);
    }
  }

  /**
   * Send an acknowledgement.
   * @param {number} received
   */
  acknowledge(received) {
    this.#write(JSON.stringify({ received }));
  }

  /**
   * Close the connection. No more events follow.
   * @param {number} code one of codes.js, since browsers allow scripts only 1000 and 3000 to 4999
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
    // A socket that has died reports it a moment later. The next connection carries the text.
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
      throw new ProtocolError(MALFORMED, "unexpected binary frame");
    }
    if (!data.startsWith("{")) {
      this.#events?.messages([data], null);
      return;
    }
    const control = parse(data);
    const { received, first, heartbeat, timeout } = control;
    const isWelcome = isCount(first) && isTime(heartbeat) && isTime(timeout);
    if (!isCount(received) || !(this.#welcomed || isWelcome)) {
      throw new ProtocolError(MALFORMED, "malformed control frame");
    }
    if (this.#welcomed) {
      this.#events?.acknowledged(received);
    } else {
      this.#welcomed = true;
      this.#events?.welcome(control);
    }
  }
}
