// @ts-check
// Delivery in order and exactly once, over any number of connections. No I/O and no clock.
// The Python twin is livewidget/wire/delivery.py, which is either side; this is the browser's.
// Both run tests/wire/vectors/delivery.json.

import { GONE, MALFORMED, TAKEN_OVER, TOO_LARGE } from "./codes.js";
import { BufferFull, MessageTooLarge, ProtocolError } from "./errors.js";

/** What `Delivery.expire` returns after too long a silence. */
export const SILENT = "silent";

/** An acknowledgement is due immediately when it would free 1/ACK_SHARE of the peer's buffer. */
const ACK_SHARE = 4;

const encoder = new TextEncoder();
const byteLength = (/** @type {string} */ text) => encoder.encode(text).length;

/**
 * @typedef {object} Limits
 * @property {number} message the size of a message, in bytes
 * @property {number} messages the number of messages waiting for an acknowledgement
 * @property {number} bytes their size, in bytes
 */

/**
 * The browser's side of a conversation. Counts messages, keeps what is not acknowledged, and
 * drops duplicates. Times are in seconds of any clock.
 *
 * Call `connect` for each welcome, and `receive` and `acknowledge` with what arrives. Dispatch
 * each message that `nextMessage` returns, then `count` it. Send what `takeMessages` and
 * `takeAck` return. At `nextDeadline`, call `expire` and send again.
 */
export class Delivery {
  /** The messages that are not acknowledged. @type {{text: string, size: number}[]} */
  #buffer = [];
  /** The highest count that was ever sent. */
  #highestTaken = 0;
  /** The messages that have arrived and are not counted. @type {string[]} */
  #inbox = [];
  /** The count last sent on the connection in use. */
  #cursor = 0;
  /** The count last received on it, among messages sent without their counts. */
  #arrived = 0;
  /** The count last received on it, among all messages. */
  #seen = 0;
  #heardAt = 0;
  /** What the next acknowledgement will cover. */
  #owedMessages = 0;
  #owedBytes = 0;
  /** @type {number | null} */
  #ackAt = null;

  /**
   * @param {Limits} limits the same on both sides
   * @param {object} [options]
   * @param {number} [options.heartbeat]
   * @param {number} [options.timeout]
   * @param {number} [options.ackDelay]
   */
  constructor(limits, { heartbeat = 25, timeout = 20, ackDelay = 1 } = {}) {
    this.limits = limits;
    this.heartbeat = heartbeat;
    this.timeout = timeout;
    this.ackDelay = ackDelay;

    // Outgoing. Messages stay in the buffer until the peer has acknowledged them.
    this.acknowledged = 0;
    this.bufferedBytes = 0;

    // Incoming.
    this.received = 0;

    // The connection in use.
    this.connection = 0;
    this.connected = false;
  }

  /** The count of the last message that was passed to `send`. */
  get sent() {
    return this.acknowledged + this.#buffer.length;
  }

  /**
   * Keep a message until the peer has acknowledged it. Call `takeMessages` next.
   * @param {string} text
   * @throws {MessageTooLarge | BufferFull} nothing changed
   */
  send(text) {
    const size = byteLength(text);
    const { message, messages, bytes } = this.limits;
    if (size > message) {
      throw new MessageTooLarge(size, message);
    }
    if (this.#buffer.length >= messages || this.bufferedBytes + size > bytes) {
      throw new BufferFull(this.#buffer.length);
    }
    this.#buffer.push({ text, size });
    this.bufferedBytes += size;
  }

  /**
   * Handle a welcome: the connection takes over from any other. Messages that were received
   * and not counted are dropped, since the peer sends them again.
   * @param {number} connection higher than any before
   * @param {number} received how many messages the peer has received
   * @param {number} now
   * @param {number | null} [first] the count of the peer's first message on this
   *   connection; null: it starts with the first one missing here
   * @throws {ProtocolError} 4409 or 4404; nothing changed: close that connection
   */
  connect(connection, received, now, first = null) {
    if (connection <= this.connection) {
      throw new ProtocolError(TAKEN_OVER, "a newer connection has taken over");
    }
    first ??= this.received + 1;
    if (received < this.acknowledged || received > this.#highestTaken || first > this.received + 1) {
      throw new ProtocolError(GONE, "the counts of the two sides do not match");
    }
    this.connection = connection;
    this.connected = true;
    this.#forget(received);
    this.#cursor = received;
    this.#inbox = [];
    this.#arrived = this.#seen = first - 1;
    this.#heardAt = now;
    this.#ackDone();
  }

  /**
   * Handle the end of a connection. Does nothing unless it is the one in use.
   * @param {number} connection
   */
  disconnect(connection) {
    if (connection === this.connection) {
      this.connected = false;
      this.#ackDone();
    }
  }

  /**
   * Handle messages received. Duplicates are dropped, and so is everything after a gap.
   * Messages with their counts may arrive late and on any connection.
   * @param {number} connection
   * @param {string[]} messages
   * @param {number} now
   * @param {number | null} [first] the count of the first one; null: they follow
   *   the previous ones on this connection
   * @throws {ProtocolError} 4413 or 4400
   */
  receive(connection, messages, now, first = null) {
    const inUse = this.heard(connection, now);
    if (!inUse && first === null) {
      return;
    }
    const { message: limit } = this.limits;
    // Messages with counts were serialised again here, and may be longer than when they were sent.
    if (first === null && messages.some((text) => text.length * 3 > limit && byteLength(text) > limit)) {
      throw new ProtocolError(TOO_LARGE, `a message is over ${limit} bytes`);
    }
    const start = first ?? this.#arrived + 1;
    if (first === null) {
      this.#arrived += messages.length;
    }
    if (start < 1) {
      throw new ProtocolError(MALFORMED, "counts start at 1");
    }
    if (inUse) {
      this.#seen = Math.max(this.#seen, start + messages.length - 1);
    }
    if (messages.length > 0 && start <= this.received) {
      // The peer repeats messages: it has not seen their acknowledgement.
      this.#ackAt ??= now + this.ackDelay;
    }
    const expected = this.received + this.#inbox.length + 1;
    if (start <= expected) {
      this.#inbox.push(...messages.slice(expected - start));
    }
  }

  /** Return the next message to dispatch, or null. Call `count` after the dispatch. */
  nextMessage() {
    return this.#inbox[0] ?? null;
  }

  /**
   * Count the message that `nextMessage` returned: it has been dispatched.
   * @param {number} now
   */
  count(now) {
    const text = /** @type {string} */ (this.#inbox.shift());
    this.received += 1;
    this.#owedMessages += 1;
    this.#owedBytes += byteLength(text);
    this.#ackAt ??= now + this.ackDelay;
    const { messages, bytes } = this.limits;
    if (this.#owedMessages * ACK_SHARE >= messages || this.#owedBytes * ACK_SHARE >= bytes) {
      this.#ackAt = now;
    }
  }

  /**
   * Handle an acknowledgement, which the peer expects to be answered.
   * @param {number} connection
   * @param {number} received
   * @param {number} now
   * @throws {ProtocolError} 4400: the count is higher than anything sent
   */
  acknowledge(connection, received, now) {
    if (this.heard(connection, now)) {
      this.confirm(received);
      this.#ackAt = now;
    }
  }

  /**
   * Handle an acknowledgement in the answer to a request. It needs no answer, and does not
   * show that the connection in use is alive.
   * @param {number} received
   * @throws {ProtocolError} 4400: the count is higher than anything sent
   */
  confirm(received) {
    if (received > this.#highestTaken) {
      throw new ProtocolError(MALFORMED, "acknowledged more than was sent");
    }
    this.#forget(received);
    // The peer may have received more, over an older connection, than was sent on this one.
    this.#cursor = Math.max(this.#cursor, received);
  }

  /**
   * Note that something arrived on a connection.
   * @param {number} connection
   * @param {number} now
   * @returns {boolean} whether it is the connection in use
   */
  heard(connection, now) {
    if (connection !== this.connection || !this.connected) {
      return false;
    }
    this.#heardAt = now;
    return true;
  }

  /**
   * Take the messages to send on the connection in use.
   * @returns {[number, string[]]} the count of the first one, and all of them
   */
  takeMessages() {
    const first = this.#cursor + 1;
    if (!this.connected) {
      return [first, []];
    }
    const unsent = this.#buffer.slice(this.#cursor - this.acknowledged);
    this.#cursor = this.sent;
    this.#highestTaken = Math.max(this.#highestTaken, this.#cursor);
    return [first, unsent.map(({ text }) => text)];
  }

  /**
   * Take the count to acknowledge now, or null if no acknowledgement is due.
   * @param {number} now
   */
  takeAck(now) {
    const due = this.connected && this.#ackAt !== null && now >= this.#ackAt;
    return due ? this.takeReceived() : null;
  }

  /**
   * Take the count to acknowledge with something that is sent anyway. It is limited to what
   * has arrived on this connection. Otherwise the peer would skip the rest, and messages
   * sent without counts would be miscounted.
   */
  takeReceived() {
    this.#ackDone();
    return Math.min(this.received, this.#seen);
  }

  /**
   * Return the messages that are not acknowledged, to send them again.
   * @param {number} atMost their size in bytes, each with a comma
   * @returns {[number, string[]]} the count of the first one, and the messages
   */
  unacknowledged(atMost) {
    let rest = atMost;
    const end = this.#buffer.findIndex(({ size }) => (rest -= size + 1) < 0);
    const messages = this.#buffer.slice(0, end < 0 ? undefined : end);
    this.#highestTaken = Math.max(this.#highestTaken, this.acknowledged + messages.length);
    return [this.acknowledged + 1, messages.map(({ text }) => text)];
  }

  /**
   * Return for how long nothing was received on the connection in use.
   * @param {number} now
   */
  silence(now) {
    return now - this.#heardAt;
  }

  /** Return when to call `expire`, `takeMessages` and `takeAck` next, or null. */
  nextDeadline() {
    if (!this.connected) {
      return null;
    }
    const deadline = this.#heardAt + this.heartbeat + this.timeout;
    return Math.min(deadline, this.#ackAt ?? deadline);
  }

  /**
   * Return SILENT if nothing was received for too long, otherwise null. If it is SILENT, close
   * the connection with 4408 and call `disconnect`.
   * @param {number} now
   */
  expire(now) {
    const silent = this.connected && now >= this.#heardAt + this.heartbeat + this.timeout;
    return silent ? SILENT : null;
  }

  #ackDone() {
    this.#owedMessages = this.#owedBytes = 0;
    this.#ackAt = null;
  }

  /** @param {number} received */
  #forget(received) {
    const gone = this.#buffer.splice(0, Math.max(0, received - this.acknowledged));
    this.acknowledged += gone.length;
    this.bufferedBytes -= gone.reduce((sum, { size }) => sum + size, 0);
  }
}
