// @ts-check
// The messages of the protocol, version 1: see docs/reference/protocol.md. No I/O.
// The Python twin is livewidget/wire/messages.py. Both run tests/wire/vectors/messages.json.

import { MALFORMED } from "./codes.js";
import { EncodeError, ProtocolError } from "./errors.js";
import {
  incoming,
  incomingEntries,
  isList,
  isObject,
  isText,
  outgoing,
  outgoingEntries,
  outgoingText,
} from "./values.js";

const MAX_NAME = 256;

/** @typedef {[string, ...any[]]} Message */
/** @typedef {import("./values.js").Special} Special */

const isId = (/** @type {any} */ value) => Number.isSafeInteger(value) && value > 0;
const isCallId = (/** @type {any} */ value) => value === null || isId(value);
const isName = (/** @type {any} */ value) =>
  isText(value) && value !== "" && [...value].length <= MAX_NAME;
const isAny = () => true;
/** The parts of an error that are strings. It may have `data`, too. */
const TEXTS = ["type", "message", "id", "stack"];
const isInfo = (/** @type {any} */ value) =>
  isObject(value) &&
  isText(value.type) &&
  isText(value.message) &&
  Object.entries(value).every(([key, item]) => key === "data" || (TEXTS.includes(key) && isText(item)));

/** What follows the kind of a message, and how many parts may be omitted. */
/** @type {Map<string, {parts: ((value: any) => boolean)[], optional?: number}>} */
const SHAPES = new Map([
  ["call", { parts: [isCallId, isId, isName, isList, isObject], optional: 1 }],
  ["result", { parts: [isId, isAny] }],
  ["error", { parts: [isCallId, isInfo] }],
  ["join", { parts: [isId, isId] }],
  ["leave", { parts: [isId, isId] }],
  ["event", { parts: [isId, isName, isList] }],
  ["made", { parts: [isId] }],
  ["detach", { parts: [isId] }],
]);

/** Where messages contain application values, and what errors call these. */
/** @type {Map<string, [number, string][]>} */
const VALUES = new Map([
  ["call", [[3, "method"], [4, "args"], [5, "kwargs"]]],
  ["result", [[2, "value"]]],
  ["event", [[2, "method"], [3, "args"]]],
]);

/**
 * Encode a message as JSON.
 * @param {Message} message
 * @returns {string}
 * @throws {EncodeError} a value in it cannot be sent; the error has the path to it
 */
export function encode(message) {
  const encoded = [...message];
  for (const [index, name] of VALUES.get(message[0]) ?? []) {
    if (index < encoded.length) {
      encoded[index] = outgoingField(name, encoded[index]);
    }
  }
  if (message[0] === "error") {
    encoded[2] = outgoingInfo(message[2]);
  }
  return JSON.stringify(encoded);
}

/**
 * Decode and check a message.
 * @param {string} text
 * @param {Special} [special] called with the content of a tag $element in arguments or a
 *   result, undecoded; without it, the tag is malformed
 * @returns {Message}
 * @throws {ProtocolError} with code 4400: the text is not a message
 */
export function decode(text, special) {
  const message = parse(text);
  const shape = isList(message) ? SHAPES.get(message[0]) : undefined;
  if (shape === undefined || !fits(message, shape)) {
    throw new ProtocolError(MALFORMED, "malformed message");
  }
  for (const [index, name] of VALUES.get(message[0]) ?? []) {
    if (index < message.length) {
      // The keyword arguments are an object of the protocol, never a tag.
      message[index] =
        name === "kwargs"
          ? incomingEntries(message[index], 1, special)
          : incoming(message[index], 0, special);
    }
  }
  if (message[0] === "error" && message[2].data !== undefined) {
    message[2].data = incoming(message[2].data, 0, undefined);
  }
  return /** @type {Message} */ (message);
}

/**
 * Decode a value that was embedded in the page.
 * @param {unknown} value
 * @param {Special} [special] as in `decode`
 */
export function decodeValue(value, special) {
  return incoming(value, 0, special);
}

/**
 * Parse JSON.
 * @param {string} text
 * @returns {any}
 * @throws {ProtocolError} with code 4400: the text is not JSON
 */
export function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProtocolError(MALFORMED, `malformed message: ${error}`);
  }
}

/**
 * @param {any[]} message
 * @param {{parts: ((value: any) => boolean)[], optional?: number}} shape
 */
function fits(message, { parts, optional = 0 }) {
  const given = message.length - 1;
  return (
    given <= parts.length &&
    given >= parts.length - optional &&
    message.slice(1).every((value, index) => parts[index](value))
  );
}

/**
 * @param {string} name
 * @param {any} value
 */
function outgoingField(name, value) {
  try {
    if (name === "method") {
      return outgoingName(value);
    }
    // The keyword arguments are an object of the protocol, never a tag.
    return name === "kwargs" ? outgoingEntries(value, 1) : outgoing(value);
  } catch (error) {
    throw error instanceof EncodeError ? error.within(name) : error;
  }
}

/** @param {any} value */
function outgoingName(value) {
  if (typeof value !== "string" || value === "" || [...value].length > MAX_NAME) {
    throw new EncodeError(`a method name must be a string of 1 to ${MAX_NAME} characters`);
  }
  return outgoingText(value);
}

/** @param {Record<string, unknown>} info */
function outgoingInfo(info) {
  return Object.fromEntries(
    Object.entries(info)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => [name, outgoingField(name, item)]),
  );
}
