// @ts-check
// In order and once, through any number of connections. No I/O and no clock.
// The Python twin is delivery.py, which is either end; this is the browser's. Both
// run tests/wire/vectors/delivery.json.

import { GONE, MALFORMED, TAKEN_OVER, TOO_LARGE } from "./codes.js";
import { BufferFull, MessageTooLarge, ProtocolError } from "./errors.js";

/** What `Delivery.expire` may give. */
export const SILENT = "silent";

/** An acknowledgement is due when this part of the peer's buffer may wait for it. */
const ACK_SHARE = 4;

const encoder = new TextEncoder();
const byteLength = (/** @type {string} */ text) => encoder.encode(text).length;

/**
 * @typedef {object} Limits
 * @property {number} message bytes of one message
 * @property {number} messages how many may wait for an acknowledgement
 * @property {number} bytes how many bytes may wait
 */

/**
 * The browser's end of a conversation: counts, keeps what is not acknowledged, drops what
 * it has seen. Times are in seconds of any clock.
 *
 * Around it: call `connect` at each hello, `receive` and `acknowledge` with what
 * comes in, dispatch what `nextMessage` gives and `count` each; send what
 * `takeMessages` and `takeAck` give; at `nextDeadline` call `expire`, send again.
 */
export class Delivery {
  /** What is not acknowledged. @type {{text: string, size: number}[]} */
  #buffer = [];
  /** The highest count that was ever given out to be sent. */
  #highestTaken = 0;
  /** What has arrived and is not counted. @type {string[]} */
  #inbox = [];
  /** The count last sent on the connection in use. */
  #cursor = 0;
  /** The count last received on it, where it does not come with the messages. */
  #arrived = 0;
  /** The count last received on it, however that was known. */
  #seen = 0;
  #heardAt = 0;
  /** The acknowledgement that is owed. */
  #owedMessages = 0;
  #owedBytes = 0;
  /** @type {number | null} */
  #ackAt = null;

  /**
   * @param {Limits} limits the same at both ends
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

    // What goes out. Messages stay until the peer has acknowledged them.
    this.acknowledged = 0;
    this.bufferedBytes = 0;

    // What comes in. The inbox holds what has arrived and is not counted.
    this.received = 0;

    // The connection in use.
    this.connection = 0;
    this.connected = false;
  }

  /** The count of the last message that was handed to `send`. */
  get sent() {
    return this.acknowledged + this.#buffer.length;
  }

  /**
   * Keep a message until the peer has it. Call `takeMessages` next.
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
   * A hello was exchanged: this connection takes over from any other. What was
   * received and not counted is dropped: the peer sends it again.
   * @param {number} connection higher than any before
   * @param {number} received how many messages the peer says that it has
   * @param {number} now
   * @param {number | null} [first] the count of the peer's first message on this
   *   connection; null: it begins with what is missing here
   * @throws {ProtocolError} 4409 or 4404; nothing changed, close that connection
   */
  connect(connection, received, now, first = null) {
    if (connection <= this.connection) {
      throw new ProtocolError(TAKEN_OVER, "a newer connection has taken over");
    }
    first ??= this.received + 1;
    if (received < this.acknowledged || received > this.#highestTaken || first > this.received + 1) {
      throw new ProtocolError(GONE, "the counts of the two sides do not fit together");
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
   * A connection is gone; does nothing unless it is the one in use.
   * @param {number} connection
   */
  disconnect(connection) {
    if (connection === this.connection) {
      this.connected = false;
      this.#ackDone();
    }
  }

  /**
   * Take in messages: those seen before are dropped, and so is what follows a gap.
   * Messages with their count may come late, of whichever connection.
   * @param {number} connection
   * @param {string[]} messages
   * @param {number} now
   * @param {number | null} [first] the count of the first one; null: they follow
   *   what came before them on this connection
   * @throws {ProtocolError} 4413 or 4400
   */
  receive(connection, messages, now, first = null) {
    const inUse = this.heard(connection, now);
    if (!inUse && first === null) {
      return;
    }
    const { message: limit } = this.limits;
    // Those with their count were made into text again here, and may have become longer.
    if (first === null && messages.some((text) => text.length * 3 > limit && byteLength(text) > limit)) {
      throw new ProtocolError(TOO_LARGE, `a message is over ${limit} bytes`);
    }
    const start = first ?? this.#arrived + 1;
    if (first === null) {
      this.#arrived += messages.length;
    }
    if (start < 1) {
      throw new ProtocolError(MALFORMED, "messages are counted from 1");
    }
    if (inUse) {
      this.#seen = Math.max(this.#seen, start + messages.length - 1);
    }
    if (messages.length > 0 && start <= this.received) {
      // What has come already was not acknowledged on this connection.
      this.#ackAt ??= now + this.ackDelay;
    }
    const expected = this.received + this.#inbox.length + 1;
    if (start <= expected) {
      this.#inbox.push(...messages.slice(expected - start));
    }
  }

  /** The next message to dispatch, or null. Call `count` when that is done. */
  nextMessage() {
    return this.#inbox[0] ?? null;
  }

  /**
   * The message that `nextMessage` gave has been dispatched.
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
   * The peer has said how many messages it has.
   * @param {number} connection
   * @param {number} received
   * @param {number} now
   * @throws {ProtocolError} 4400: it has what was never sent
   */
  acknowledge(connection, received, now) {
    if (this.heard(connection, now)) {
      this.confirm(received);
      this.#ackAt = now;
    }
  }

  /**
   * The answer to a request says how many messages the peer has: this is no sign
   * of life of the connection in use, and wants no answer.
   * @param {number} received
   * @throws {ProtocolError} 4400: it has what was never sent
   */
  confirm(received) {
    if (received > this.#highestTaken) {
      throw new ProtocolError(MALFORMED, "acknowledged more than was sent");
    }
    this.#forget(received);
    // It may have more than was sent on this connection, from an older one.
    this.#cursor = Math.max(this.#cursor, received);
  }

  /**
   * Something came on a connection: whether it is the one in use.
   * @param {number} connection
   * @param {number} now
   */
  heard(connection, now) {
    if (connection !== this.connection || !this.connected) {
      return false;
    }
    this.#heardAt = now;
    return true;
  }

  /**
   * What to send on the connection in use: the first one's count, and all.
   * @returns {[number, string[]]}
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
   * The count to acknowledge now, or null: nothing is due.
   * @param {number} now
   */
  takeAck(now) {
    const due = this.connected && this.#ackAt !== null && now >= this.#ackAt;
    return due ? this.takeReceived() : null;
  }

  /**
   * The count for something that is sent anyway, which acknowledges what is owed. No
   * more than has come on this connection: the peer would leave out the rest, and
   * where messages have no count all that follows would be miscounted.
   */
  takeReceived() {
    this.#ackDone();
    return Math.min(this.received, this.#seen);
  }

  /**
   * What the peer may not have, once more: the first one's count, and messages.
   * @param {number} atMost bytes
   * @returns {[number, string[]]}
   */
  unacknowledged(atMost) {
    let rest = atMost;
    const end = this.#buffer.findIndex(({ size }) => (rest -= size + 1) < 0);
    const messages = this.#buffer.slice(0, end < 0 ? undefined : end);
    this.#highestTaken = Math.max(this.#highestTaken, this.acknowledged + messages.length);
    return [this.acknowledged + 1, messages.map(({ text }) => text)];
  }

  /**
   * For how long nothing was heard on the connection in use.
   * @param {number} now
   */
  silence(now) {
    return now - this.#heardAt;
  }

  /** When to call `expire`, `takeMessages` and `takeAck` next, or null. */
  nextDeadline() {
    if (!this.connected) {
      return null;
    }
    const deadline = this.#heardAt + this.heartbeat + this.timeout;
    return Math.min(deadline, this.#ackAt ?? deadline);
  }

  /**
   * What has run out: SILENT, close the connection with 4408 and call
   * `disconnect`; or null.
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
