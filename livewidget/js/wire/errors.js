// @ts-check

/** An error that a widget's method raises for the server to see. */
export class LiveError extends Error {
  /**
   * @param {string} message for a person
   * @param {unknown} [data] anything that can cross
   */
  constructor(message, data = null) {
    super(message);
    this.name = new.target.name;
    this.data = data;
  }
}

/** The server has called what the widget does not have. */
export class NoSuchMethod extends LiveError {}

/** The server has called a method with arguments that it cannot take. */
export class BadArguments extends LiveError {}

/** A call failed on the server; `type` names the Python class of the error. */
export class RemoteError extends Error {
  /**
   * @param {{type: string, message: string, data?: unknown, id?: string, stack?: string}} info
   */
  constructor({ type, message, data = null, id, stack }) {
    super(message);
    this.name = "RemoteError";
    this.type = type;
    this.data = data;
    /** Names the entry in the server's log that has the details. */
    this.id = id;
    if (stack !== undefined) {
      this.remoteStack = stack;
    }
  }
}

/** The page has ended, and no answer will come. */
export class ConnectionLost extends Error {
  /**
   * @param {number} code a close code, see docs/protocol.md
   * @param {string} reason
   */
  constructor(code, reason) {
    super(`the page has ended: ${reason} (${code})`);
    this.name = "ConnectionLost";
    this.code = code;
  }
}

/** The widget or its element was taken out of the page. */
export class Detached extends ConnectionLost {
  constructor() {
    super(0, "");
    this.message = "the element was detached";
    this.name = "Detached";
  }
}

/** A value cannot be sent to the server; the message has the path to it. */
export class EncodeError extends TypeError {
  /** @param {string} problem */
  constructor(problem) {
    super(problem);
    this.name = "EncodeError";
    this.problem = problem;
  }

  /**
   * The value is a part of something larger.
   * @param {string} part
   */
  within(part) {
    this.path = part + (this.path ?? "");
    this.message = `${this.path}: ${this.problem}`;
    return this;
  }
}

/** A message is over the limit for one message; it was not sent. */
export class MessageTooLarge extends Error {
  /**
   * @param {number} size in bytes
   * @param {number} limit in bytes
   */
  constructor(size, limit) {
    super(`the message has ${size} bytes, and ${limit} are allowed; it was not sent`);
    this.name = "MessageTooLarge";
  }
}

/** Too much waits for the server; this was not sent. */
export class BufferFull extends Error {
  /** @param {number} messages how many wait */
  constructor(messages) {
    super(`${messages} messages already wait for the server; this one was not sent`);
    this.name = "BufferFull";
  }
}

/** What the other side sent is refused: close the connection with `code`. */
export class ProtocolError extends Error {
  /**
   * @param {number} code a close code, see docs/protocol.md
   * @param {string} reason
   */
  constructor(code, reason) {
    super(`${reason} (${code})`);
    this.name = "ProtocolError";
    this.code = code;
    this.reason = reason;
  }
}
