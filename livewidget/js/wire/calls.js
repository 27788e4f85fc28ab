// @ts-check
// Calls in flight: ids, results and errors. No I/O.
// The Python twin is livewidget/wire/calls.py. Both run tests/wire/vectors/calls.json.

import { Detached, LiveError, RemoteError } from "./errors.js";

/** @typedef {import("./messages.js").Message} Message */
/** @typedef {{type: string, message: string, data?: unknown, id?: string, stack?: string}} ErrorInfo */

/** The calls of one side of a page that wait for their answers. */
export class Calls {
  #lastId = 0;
  /** @type {Map<number, {answer: Promise<any>, resolve: (value: any) => void, reject: (error: Error) => void}>} */
  #inFlight = new Map();

  /** How many calls wait. */
  get size() {
    return this.#inFlight.size;
  }

  /**
   * Start a call. Send the message, and return the answer to the caller.
   * @param {number} elementId
   * @param {string} method
   * @param {unknown[]} args
   * @param {Record<string, unknown> | null} [kwargs]
   * @returns {{message: Message, answer: Promise<any>}}
   */
  make(elementId, method, args, kwargs = null) {
    const callId = ++this.#lastId;
    /** @type {any} */
    const call = {};
    call.answer = new Promise((resolve, reject) => Object.assign(call, { resolve, reject }));
    this.#inFlight.set(callId, call);
    /** @type {Message} */
    const message = ["call", callId, elementId, method, args];
    if (kwargs !== null) {
      message.push(kwargs);
    }
    return { message, answer: call.answer };
  }

  /**
   * Resolve a call with its result. Unknown calls are ignored.
   * @param {number} callId
   * @param {unknown} value
   */
  result(callId, value) {
    this.#take(callId)?.resolve(value);
  }

  /**
   * Fail a call with an error from the other side.
   * @param {number} callId
   * @param {ErrorInfo} info
   */
  error(callId, info) {
    this.fail(callId, info.type === "Detached" ? new Detached() : new RemoteError(info));
  }

  /**
   * Fail a call that could not be sent.
   * @param {number} callId
   * @param {Error} error
   */
  fail(callId, error) {
    this.#take(callId)?.reject(error);
  }

  /**
   * Fail all calls: the page has ended.
   * @param {Error} reason
   */
  lose(reason) {
    for (const callId of [...this.#inFlight.keys()]) {
      const call = this.#take(callId);
      // Every page ends: not worth an unhandled rejection for each ignored answer.
      call?.answer.catch(() => {});
      call?.reject(reason);
    }
  }

  /** @param {number} callId */
  #take(callId) {
    const call = this.#inFlight.get(callId);
    this.#inFlight.delete(callId);
    return call;
  }
}

/**
 * Describe the error of a method to the server. Only a LiveError is sent with data instead of a stack.
 * @param {unknown} error
 * @returns {ErrorInfo}
 */
export function errorInfo(error) {
  if (!(error instanceof Error)) {
    return { type: "Error", message: String(error), stack: "" };
  }
  const info = { type: String(error.name), message: String(error.message) };
  if (error instanceof LiveError) {
    return { ...info, data: error.data };
  }
  return { ...info, stack: String(error.stack ?? "") };
}
