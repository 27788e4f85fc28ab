// @ts-check

/**
 * An error that a widget's method throws for the server to see. The server's call fails with a
 * `RemoteError` that has the class name as its type, the message and the data, but no stack.
 * @example
 * class Busy extends LiveError {}
 *
 * throw new Busy("try again later", { seconds: 5 });
 */
export class LiveError extends Error {
  /**
   * @param {string} message for humans
   * @param {unknown} [data] any value that can be sent
   */
  constructor(message, data = null) {
    super(message);
    /** The name of the class. */
    this.name = new.target.name;
    /** The data for the server; null: there is none. */
    this.data = data;
  }
}

/** The server has called a method that the widget does not have. */
export class NoSuchMethod extends LiveError {}

/** The server has called a method with arguments that it does not accept. */
export class BadArguments extends LiveError {}

/**
 * A call failed on the server. If the method raised a `LiveError`, the `type` is the name of
 * its class, and the message and the `data` are its own. Any other error has the type
 * "ServerError" and an `id`, under which the server's log has the traceback.
 * @example
 * try {
 *   await this.callRemote("save", text);
 * } catch (error) {
 *   if (error instanceof RemoteError && error.type === "Conflict") {
 *     this.resolve(error.data);
 *   }
 * }
 */
export class RemoteError extends Error {
  /**
   * @param {{type: string, message: string, data?: unknown, id?: string, stack?: string}} info
   *   what the server has sent
   */
  constructor({ type, message, data = null, id, stack }) {
    super(message);
    /** The name of the class. */
    this.name = new.target.name;
    /** The name of the Python class, or "ServerError". */
    this.type = type;
    /** The data of the `LiveError`; null: it has none. */
    this.data = data;
    /** Identifies the entry in the server's log that has the details, if there is one. */
    this.id = id;
    if (stack !== undefined) {
      /** The Python traceback, if the server runs with `--debug`. */
      this.remoteStack = stack;
    }
  }
}

/** The page has ended, and no answer will arrive. */
export class ConnectionLost extends Error {
  /**
   * @param {number} code a close code, see docs/reference/close-codes.md
   * @param {string} reason
   */
  constructor(code, reason) {
    super(`the page has ended: ${reason} (${code})`);
    /** The name of the class. */
    this.name = new.target.name;
    /** The close code of the page. */
    this.code = code;
  }
}

/** The element and its widget were removed from the page. */
export class Detached extends ConnectionLost {
  constructor() {
    super(0, "");
    /** What happened, for humans. */
    this.message = "the element was detached";
  }
}

/** A value cannot be sent to the server. The message begins with the path to the value. */
export class EncodeError extends TypeError {
  /** @param {string} problem what is wrong with the value */
  constructor(problem) {
    super(problem);
    /** The name of the class. */
    this.name = new.target.name;
    /** What is wrong with the value, without the path to it. */
    this.problem = problem;
  }

  /**
   * Prepend to the path of the value.
   * @param {string} part such as "args", "[0]" or ".name"
   * @internal
   */
  within(part) {
    /** The path to the value, such as "args[0].name". @type {string | undefined} */
    this.path = part + (this.path ?? "");
    this.message = `${this.path}: ${this.problem}`;
    return this;
  }
}

/** A message exceeds the size limit. It was not sent. */
export class MessageTooLarge extends Error {
  /**
   * @param {number} size in bytes
   * @param {number} limit in bytes
   */
  constructor(size, limit) {
    super(`the message of ${size} bytes exceeds the limit of ${limit}; it was not sent`);
    /** The name of the class. */
    this.name = new.target.name;
  }
}

/** Too many messages are waiting for the server. This one was not sent. */
export class BufferFull extends Error {
  /** @param {number} messages how many are waiting */
  constructor(messages) {
    super(`${messages} messages are already waiting for the server; this one was not sent`);
    /** The name of the class. */
    this.name = new.target.name;
  }
}

/** What the other side sent violates the protocol: close the connection with `code`. */
export class ProtocolError extends Error {
  /**
   * @param {number} code a close code, see docs/reference/close-codes.md
   * @param {string} reason
   */
  constructor(code, reason) {
    super(`${reason} (${code})`);
    this.name = new.target.name;
    this.code = code;
    this.reason = reason;
  }
}
