// @ts-check
// The wire, version 1, described in docs/protocol.md. No I/O.
// The Python twin is messages.py; both run tests/vectors/messages.json.

import { MALFORMED } from "./codes.js";
import { EncodeError, ProtocolError } from "./errors.js";

/** @type {any} */
let hook;
export const MAX_DEPTH = 64;
const MAX_NAME = 256;

/** @typedef {[string, ...any[]]} Message */

const isId = (/** @type {any} */ value) => Number.isSafeInteger(value) && value > 0;
const isCallId = (/** @type {any} */ value) => value === null || isId(value);
const isText = (/** @type {any} */ value) => typeof value === "string" && !/\p{Surrogate}/u.test(value);
const isName = (/** @type {any} */ value) =>
  isText(value) && value !== "" && [...value].length <= MAX_NAME;
const isAny = () => true;
const isList = Array.isArray;
const isObject = (/** @type {any} */ value) =>
  typeof value === "object" && value !== null && !isList(value);
/** The parts of an error that are texts; it may have `data` too. */
const TEXTS = ["type", "message", "id", "stack"];
const isInfo = (/** @type {any} */ value) =>
  isObject(value) &&
  isText(value.type) &&
  isText(value.message) &&
  Object.entries(value).every(([key, item]) => key === "data" || (TEXTS.includes(key) && isText(item)));

/** What follows the kind of a message; the number of parts that may be left out. */
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

/** Where a message has values of the application, and what errors call them. */
/** @type {Map<string, [number, string][]>} */
const VALUES = new Map([
  ["call", [[3, "method"], [4, "args"], [5, "kwargs"]]],
  ["result", [[2, "value"]]],
  ["event", [[2, "method"], [3, "args"]]],
]);

/**
 * The text of a message.
 * @param {Message} message
 * @returns {string}
 * @throws {EncodeError} a value in it cannot cross; the error has the path to it
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
 * Read and check one message.
 * @param {string} text
 * @returns {Message}
 * @param {(content: any) => unknown} [special] gives what an element in the message becomes
 * @throws {ProtocolError} with code 4400: the text is not a message
 */
export function decode(text, special) {
  hook = special;
  const message = parse(text);
  const shape = isList(message) ? SHAPES.get(message[0]) : undefined;
  if (shape === undefined || !fits(message, shape)) {
    throw new ProtocolError(MALFORMED, "malformed message");
  }
  for (const [index, name] of VALUES.get(message[0]) ?? []) {
    if (index < message.length) {
      message[index] = incomingField(name, message[index]);
    }
  }
  if (message[0] === "error" && message[2].data !== undefined) {
    message[2].data = incoming(message[2].data, 0);
  }
  return /** @type {Message} */ (message);
}

/**
 * Read a value that was embedded in the page.
 * @param {unknown} value
 */
export function decodeValue(value) {
  return incoming(value, 0);
}

/**
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
    // The arguments by name are an object of ours: it is not a tag.
    return name === "kwargs" ? outgoingEntries(value, 1) : outgoing(value, 0);
  } catch (error) {
    throw error instanceof EncodeError ? error.within(name) : error;
  }
}

/** @param {any} value */
function outgoingName(value) {
  if (typeof value !== "string" || value === "" || [...value].length > MAX_NAME) {
    throw new EncodeError(`the name of a method is a text of 1 to ${MAX_NAME} characters`);
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

/**
 * Check a value that is to cross, and escape what looks like a tag.
 * @param {any} value
 * @param {number} depth
 * @returns {any}
 */
function outgoing(value, depth) {
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      return outgoingText(value);
    case "number":
      return outgoingNumber(value);
    case "undefined":
      return null;
    case "object":
      return value === null ? null : outgoingObject(value, depth);
    default:
      throw new EncodeError(`a ${typeof value} cannot cross`);
  }
}

/** @param {string} value */
function outgoingText(value) {
  if (!isText(value)) {
    throw new EncodeError("a text with half of a surrogate pair cannot cross");
  }
  return value;
}

/** @param {number} value */
function outgoingNumber(value) {
  if (!Number.isFinite(value)) {
    throw new EncodeError(`${value} has no form in JSON`);
  }
  // From 1e21 on JSON has it with an exponent, and Python reads a float.
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) {
    throw new EncodeError("an integer beyond ±(2**53 - 1) is not exact");
  }
  return value;
}

/**
 * @param {any} value
 * @param {number} depth
 */
function outgoingObject(value, depth) {
  if (depth >= MAX_DEPTH) {
    throw new EncodeError(`nested more than ${MAX_DEPTH} deep, or in itself`);
  }
  if (isList(value)) {
    return value.map((item, index) => within(`[${index}]`, item, depth + 1));
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new EncodeError(`a ${prototype.constructor?.name ?? "foreign object"} cannot cross`);
  }
  const result = outgoingEntries(value, depth + 1);
  return looksLikeTag(result) ? { $: result } : result;
}

/**
 * @param {any} value
 * @param {number} depth
 */
function outgoingEntries(value, depth) {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [outgoingText(key), within(`.${key}`, item, depth)]),
  );
}

/**
 * @param {string} part
 * @param {any} value
 * @param {number} depth
 */
function within(part, value, depth) {
  try {
    return outgoing(value, depth);
  } catch (error) {
    throw error instanceof EncodeError ? error.within(part) : error;
  }
}

/** @param {object} value */
function looksLikeTag(value) {
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0].startsWith("$");
}

/**
 * @param {string} name
 * @param {any} value
 */
function incomingField(name, value) {
  return name === "kwargs" ? incomingEntries(value, 1) : incoming(value, 0);
}

/**
 * Check a value that came, and undo the escape of tags.
 * @param {any} value
 * @param {number} depth
 * @returns {any}
 */
function incoming(value, depth) {
  if (typeof value === "string") {
    return incomingText(value);
  }
  if (value === Infinity || value === -Infinity) {
    throw new ProtocolError(MALFORMED, "malformed message: a number out of range");
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (depth >= MAX_DEPTH) {
    throw new ProtocolError(MALFORMED, `malformed message: nested more than ${MAX_DEPTH} deep`);
  }
  if (isList(value)) {
    return value.map((item) => incoming(item, depth + 1));
  }
  if (hook && looksLikeTag(value) && "$element" in value) {
    return hook(value.$element);
  }
  return incomingEntries(looksLikeTag(value) ? untagged(value) : value, depth + 1);
}

/** @param {string} value */
function incomingText(value) {
  if (!isText(value)) {
    throw new ProtocolError(MALFORMED, "malformed message: half of a surrogate pair");
  }
  return value;
}

/**
 * @param {any} value
 * @param {number} depth
 */
function incomingEntries(value, depth) {
  // Not by assignment: a key "__proto__" stays a key.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [incomingText(key), incoming(item, depth)]),
  );
}

/** @param {any} value */
function untagged(value) {
  const [[tag, content]] = Object.entries(value);
  if (tag === "$" && isObject(content) && looksLikeTag(content)) {
    return content;
  }
  throw new ProtocolError(MALFORMED, `malformed message: unknown tag ${tag.slice(0, 32)}`);
}
