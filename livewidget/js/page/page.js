// @ts-check

import { Calls, errorInfo } from "../wire/calls.js";
import { MALFORMED, TOO_MUCH } from "../wire/codes.js";
import { Chooser } from "../session/chooser.js";
import { Connector } from "../session/connector.js";
import { Delivery } from "../wire/delivery.js";
import { BadArguments, ConnectionLost, Detached, NoSuchMethod, ProtocolError, RemoteError } from "../wire/errors.js";
import { decode, encode } from "../wire/messages.js";
import { methodOf, noMethod } from "./widget.js";
import { Widgets } from "./widgets.js";

/** @typedef {import("../wire/messages.js").Message} Message */
/** @typedef {"connecting" | "connected" | "offline" | "gone"} PageState */

/**
 * The data that the server writes into the page.
 * @typedef {object} Start
 * @property {string} page the page id
 * @property {string} base the path to `_live/`, relative to the document
 * @property {[number, number | null, string, string, unknown[]][]} elements id,
 *   id of the parent, module, class, initial arguments, in document order
 * @property {import("../wire/delivery.js").Limits} limits
 * @property {string[]} transports the offered ones, the best one first
 * @property {boolean} debug
 */

/**
 * The network, as the page uses it.
 * @typedef {object} Network
 * @property {(kind: string, hello: any,
 *   events: import("../transports/websocket.js").TransportEvents) => any} open
 *   start a connection
 * @property {(kind: string, hello: any) => Promise<boolean>} probe whether the transport gets through
 * @property {(hello: any, first: number, messages: string[]) => void} leave
 *   tell the server that the page is being left
 */

/**
 * What the page needs from the browser.
 * @typedef {object} Environment
 * @property {ParentNode} root contains the nodes of the elements
 * @property {string} claim a random value that copies of this page do not share
 * @property {import("../session/timer.js").Clock} clock
 * @property {() => number} random
 * @property {Pick<import("./loader.js").Loader, "addModules" | "importModule" | "loadStyle" | "parse">} loader
 * @property {Network} network
 * @property {Pick<Storage, "getItem" | "setItem">} storage the session storage
 * @property {(error: unknown, where?: unknown, reported?: boolean) => void} failed report an
 *   error in the page: where it occurred, and whether the server knows of it
 * @property {(state: PageState, code: number, reason: string) => void} show
 *   show the state of the page to the user
 */

/** An open page: its widgets, calls and delivery. */
export class Page {
  #start;
  #environment;
  #widgets;
  #calls = new Calls();
  /** The ids of the elements in each topic, in the order in which they joined. @type {Map<number, Set<number>>} */
  #topics = new Map();
  #delivery;
  #connector;
  /** Why the page has ended. @type {ConnectionLost | null} */
  #ended = null;

  /**
   * @param {Start} start
   * @param {Environment} environment
   */
  constructor(start, environment) {
    const { page, limits, transports } = start;
    const { clock, random, claim, network, storage, show } = environment;
    this.#start = start;
    this.#environment = environment;
    this.#widgets = new Widgets(this, environment);
    this.#delivery = new Delivery(limits);
    this.#connector = new Connector({
      delivery: this.#delivery,
      chooser: new Chooser(transports, storage),
      network,
      identity: { page, claim },
      clock,
      random,
      events: {
        message: (text) => this.#dispatch(decode(text, (content) => this.#widgets.createHandle(content))),
        state: (state) => show(state, 0, ""),
        ended: (code, reason) => this.#end(code, reason),
      },
    });
  }

  /**
   * Load the modules, create the widgets, connect. A widget that cannot be created is
   * reported and does not stop the others.
   * @returns {Promise<boolean>} false: no widget could be created, and the page does not connect
   */
  async start() {
    const { elements, debug } = this.#start;
    const lost = await this.#widgets.load(elements);
    if (lost.length > 0 && this.#widgets.empty && !debug) {
      return false;
    }
    this.#connector.start();
    lost.forEach((id) => this.detach(id));
    return true;
  }

  /**
   * See `Widgets.add`.
   * @param {Parameters<Widgets["add"]>} args
   */
  add(...args) {
    return this.#widgets.add(...args);
  }

  /**
   * Tell the server that the widgets of an added element exist.
   * @param {number} elementId
   */
  notifyCreated(elementId) {
    this.#notify(["made", elementId]);
  }

  /**
   * Remove an element from the page, here and on the server.
   * @param {number} elementId
   */
  detach(elementId) {
    this.#notify(["detach", elementId]);
    this.#remove(elementId);
  }

  /**
   * See `Widget.callRemote`.
   * @param {number} elementId
   * @param {string} method
   * @param {unknown[]} args
   * @param {Record<string, unknown> | null} [kwargs]
   * @returns {Promise<any>}
   */
  callRemote(elementId, method, args, kwargs = null) {
    const { message, answer } = this.#calls.make(elementId, method, args, kwargs);
    if (this.#ended !== null) {
      this.#calls.lose(this.#ended);
      return answer;
    }
    try {
      this.#send(message);
    } catch (error) {
      /** @type {Error} */ (error).message += `, in callRemote("${method}")`;
      this.#calls.fail(message[1], /** @type {Error} */ (error));
    }
    return answer;
  }

  /**
   * See `Widget.callRemoteOnly`.
   * @param {number} elementId
   * @param {string} method
   * @param {unknown[]} args
   */
  callRemoteOnly(elementId, method, args) {
    if (this.#ended === null) {
      this.#send(["call", null, elementId, method, args]);
    }
  }

  /**
   * Report a failure outside of any call to the server. Used for debugging.
   * @param {import("../wire/calls.js").ErrorInfo} info
   */
  report(info) {
    this.#send(["error", null, info]);
  }

  /** Check the deadlines, as when a hidden page is shown again. */
  wake() {
    this.#connector.wake();
  }

  /** Reconnect: the network is back, or has changed. */
  reconnect() {
    this.#connector.reconnect();
  }

  /** Handle the browser's report that there is no network. */
  offline() {
    this.#connector.offline();
  }

  /** Tell the server that the browser leaves the page. */
  leave() {
    this.#connector.leave();
  }

  /** @param {Message} message */
  #notify(message) {
    if (this.#ended === null) {
      this.#sendOrEnd(message);
    }
  }

  /** @param {Message} message */
  #send(message) {
    this.#delivery.send(encode(message));
    this.#connector.flush();
  }

  /** @param {Message} message */
  #dispatch([kind, ...parts]) {
    switch (kind) {
      case "call":
        this.#call(parts);
        break;
      case "detach":
        this.#remove(parts[0]);
        break;
      case "join":
        this.#join(parts);
        break;
      case "leave":
        this.#leave(parts);
        break;
      case "event":
        this.#topics.get(parts[0])?.forEach((id) => this.#call([null, id, parts[1], structuredClone(parts[2])]));
        break;
      case "result":
        this.#calls.result(parts[0], parts[1]);
        break;
      case "error":
        if (parts[0] === null) {
          this.#environment.failed(new RemoteError(parts[1]), parts[1].data, true);
        }
        this.#calls.error(parts[0], parts[1]);
        break;
      default:
        throw new ProtocolError(MALFORMED, `unexpected message "${kind}"`);
    }
  }

  /** @param {number} elementId */
  #remove(elementId) {
    this.#widgets.remove(elementId);
    // Also elements that the server added to a topic before it knew of the detach.
    this.#topics.forEach((members, topicId) =>
      members.forEach((id) => this.#widgets.has(id) || this.#leave([topicId, id])),
    );
  }

  /** @param {any[]} ids of the topic and the element */
  #join([topicId, elementId]) {
    this.#topics.set(topicId, (this.#topics.get(topicId) ?? new Set()).add(elementId));
  }

  /** @param {any[]} ids of the topic and the element */
  #leave([topicId, elementId]) {
    const members = this.#topics.get(topicId);
    members?.delete(elementId);
    members?.size || this.#topics.delete(topicId);
  }

  /** @param {any[]} call */
  #call([callId, elementId, name, args, kwargs]) {
    this.#widgets.whenReady(elementId, async () => {
      try {
        // No await before this line: methods start in the order of their messages.
        const value = await this.#invoke(elementId, name, args, kwargs);
        if (callId !== null && this.#ended === null) {
          this.#send(["result", callId, value]);
        }
      } catch (error) {
        this.#failed(callId, error, name);
      }
    });
  }

  /**
   * @param {number} elementId
   * @param {string} name
   * @param {unknown[]} args
   * @param {Record<string, unknown>} [kwargs]
   */
  #invoke(elementId, name, args, kwargs = {}) {
    const widget = this.#widgets.get(elementId);
    if (widget === undefined) {
      throw new Detached();
    }
    const method = methodOf(widget, name);
    if (method === null) {
      throw new NoSuchMethod(noMethod(widget, name));
    }
    if (Object.keys(kwargs).length > 0) {
      throw new BadArguments(`${name}: a widget's method accepts no keyword arguments`);
    }
    return method.apply(widget, args);
  }

  /**
   * @param {number | null} callId
   * @param {unknown} error
   * @param {string} name
   */
  #failed(callId, error, name) {
    const { failed } = this.#environment;
    if (callId === null || this.#ended !== null) {
      if (!(error instanceof ConnectionLost)) {
        failed(error, name);
      }
      return;
    }
    /** @type {import("../wire/calls.js").ErrorInfo} */
    let info = { type: "Error", message: "unknown error", stack: "" };
    try {
      info = errorInfo(error);
      this.#send(["error", callId, info]);
    } catch {
      this.#sendShort(callId, info);
    }
    if (info.stack !== undefined || error instanceof NoSuchMethod || error instanceof BadArguments) {
      failed(error, name, true);
    }
  }

  /**
   * Send an error that cannot be sent as it is, without its data and stack.
   * @param {number} callId
   * @param {import("../wire/calls.js").ErrorInfo} info
   */
  #sendShort(callId, { type, message, stack }) {
    this.#sendOrEnd(["error", callId, { type: short(type), message: short(message), stack: stack && "" }]);
  }

  /**
   * Send a message, or end the page if there is no room: the server would wait for it forever.
   * @param {Message} message
   */
  #sendOrEnd(message) {
    try {
      this.#send(message);
    } catch (error) {
      this.#end(TOO_MUCH, String(error));
    }
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #end(code, reason) {
    this.#ended = new ConnectionLost(code, reason);
    this.#connector.stop(code, reason);
    this.#calls.lose(this.#ended);
    this.#environment.show("gone", code, reason);
    this.#widgets.end(this.#ended);
  }
}

/** @param {string} text */
function short(text) {
  return text.slice(0, 1000).replace(/\p{Surrogate}/gu, "\ufffd");
}
