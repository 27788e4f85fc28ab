// @ts-check
// The values that can be sent: see docs/reference/protocol.md. No I/O.
// The Python twins are livewidget/wire/outgoing.py and incoming.py. All run tests/wire/vectors/messages.json.

import { MALFORMED } from "./codes.js";
import { EncodeError, ProtocolError } from "./errors.js";

const MAX_DEPTH = 64;

/** @typedef {((content: any) => any) | undefined} Special makes a value of the content of a tag $element */

export const isText = (/** @type {any} */ value) =>
  typeof value === "string" && !/\p{Surrogate}/u.test(value);
export const isList = Array.isArray;
export const isObject = (/** @type {any} */ value) =>
  typeof value === "object" && value !== null && !isList(value);

/**
 * Check a value to be sent, and convert it to JSON values.
 * @param {any} value
 * @param {number} [depth]
 * @returns {any}
 * @throws {EncodeError} something in it cannot be sent; the error has the path to it
 */
export function outgoing(value, depth = 0) {
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
      throw new EncodeError(`a ${typeof value} cannot be sent`);
  }
}

/** @param {string} value */
export function outgoingText(value) {
  if (!isText(value)) {
    throw new EncodeError("a string with half a surrogate pair cannot be sent");
  }
  return value;
}

/** @param {number} value */
function outgoingNumber(value) {
  if (!Number.isFinite(value)) {
    throw new EncodeError(`${value} cannot be sent`);
  }
  // From 1e21 on, JSON has an exponent, and Python reads a float.
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
  if (value instanceof Date) {
    return { $date: dateText(value) };
  }
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    return { $bytes: outgoingBytes(value) };
  }
  if (depth >= MAX_DEPTH) {
    throw new EncodeError(`nested more than ${MAX_DEPTH} deep, or circular`);
  }
  if (isList(value)) {
    return value.map((item, index) => within(`[${index}]`, item, depth + 1));
  }
  if (value instanceof Set) {
    return { $set: setItems(outgoing([...value], depth)) };
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new EncodeError(`a ${prototype.constructor?.name ?? "foreign object"} cannot be sent`);
  }
  const result = outgoingEntries(value, depth + 1);
  return looksLikeTag(result) ? { $: result } : result;
}

/** @param {Date} value */
function dateText(value) {
  const text = value.toJSON();
  // Other years begin with + or -, or compare less. An invalid date is null.
  if (text >= "0001") {
    return text;
  }
  throw new EncodeError("a Date must be in the years 1 to 9999");
}

/** @param {any} value an ArrayBuffer or a view of one */
function outgoingBytes(value) {
  const bytes = new Uint8Array(value.buffer ?? value, value.byteOffset, value.byteLength);
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
}

/** @param {any[]} items */
function setItems(items) {
  if (items.every(isItem)) {
    return items;
  }
  throw new EncodeError("a Set cannot contain an array or an object");
}

/**
 * @param {any} value
 * @param {number} depth
 */
export function outgoingEntries(value, depth) {
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

/**
 * Check a received JSON value, and convert it to the value that it stands for.
 * @param {any} value
 * @param {number} depth
 * @param {Special} special
 * @returns {any}
 * @throws {ProtocolError} with code 4400: it is malformed
 */
export function incoming(value, depth, special) {
  if (typeof value === "string") {
    return incomingText(value);
  }
  if (value === Infinity || value === -Infinity) {
    throw malformed("a number out of range");
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (!isList(value) && looksLikeTag(value)) {
    const [[tag, content]] = Object.entries(value);
    if (tag !== "$" || !isObject(content) || !looksLikeTag(content)) {
      return untagged(tag, content, depth, special);
    }
    value = content;
  }
  if (depth >= MAX_DEPTH) {
    throw malformed(`nested more than ${MAX_DEPTH} deep`);
  }
  return isList(value)
    ? value.map((item) => incoming(item, depth + 1, special))
    : incomingEntries(value, depth + 1, special);
}

/** @param {string} value */
function incomingText(value) {
  if (!isText(value)) {
    throw malformed("half of a surrogate pair");
  }
  return value;
}

/**
 * @param {any} value
 * @param {number} depth
 * @param {Special} special
 */
export function incomingEntries(value, depth, special) {
  // Not by assignment: "__proto__" must stay an ordinary key.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [incomingText(key), incoming(item, depth, special)]),
  );
}

/**
 * @param {string} tag
 * @param {any} content
 * @param {number} depth
 * @param {Special} special
 */
function untagged(tag, content, depth, special) {
  if (tag === "$element" && special) {
    return special(content);
  }
  try {
    if (tag === "$set") {
      return new Set(incoming(setItems(content), depth, special));
    }
    if (tag === "$date" && dateText(new Date(content)) === content) {
      return new Date(content);
    }
    if (tag === "$bytes" && btoa(atob(content)) === content) {
      return Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    }
  } catch {
    // The content is malformed.
  }
  throw malformed(`unknown or wrong tag ${tag.slice(0, 32)}`);
}

/** @param {string} problem */
function malformed(problem) {
  return new ProtocolError(MALFORMED, `malformed message: ${problem}`);
}

/** @param {object} value */
function looksLikeTag(value) {
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0].startsWith("$");
}

/**
 * Return whether a JSON value may be in a set: Python must be able to hash it.
 * @param {any} value
 */
function isItem(value) {
  return typeof value !== "object" || !value || (looksLikeTag(value) && !value.$ && !value.$set);
}
