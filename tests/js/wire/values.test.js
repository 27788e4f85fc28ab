// Dates, bytes and sets that tests/wire/vectors/messages.json cannot express.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { decode, decodeValue, encode } from "../../../livewidget/js/wire/messages.js";

const NOON = "2026-11-21T14:00:00.000Z";

const encoded = (value) => JSON.parse(encode(["result", 1, value]))[2];
const refused = (value, message) =>
  assert.throws(() => encode(["result", 1, value]), { name: "EncodeError", message });

describe("dates", () => {
  test("a Date of a subclass is encoded", () => {
    class Moment extends Date {}
    assert.deepEqual(encoded(new Moment(NOON)), { $date: NOON });
  });

  test("an invalid Date, or one with a year unknown to Python, is refused", () => {
    const message = "value.at: a Date must be in the years 1 to 9999";
    for (const at of [NaN, -62135596800001, 253402300800000, 8.64e15, -8.64e15]) {
      refused({ at: new Date(at) }, message);
    }
    assert.deepEqual(encoded(new Date(-62135596800000)), { $date: "0001-01-01T00:00:00.000Z" });
    assert.deepEqual(encoded(new Date(253402300799999)), { $date: "9999-12-31T23:59:59.999Z" });
  });
});

describe("bytes", () => {
  test("an ArrayBuffer and its views are encoded as their bytes", () => {
    const buffer = Uint8Array.from([0, 104, 105, 0]).buffer;
    for (const view of [
      Uint8Array.from([104, 105]),
      Uint8Array.from([104, 105]).buffer,
      Uint8ClampedArray.from([104, 105]),
      new Uint8Array(buffer, 1, 2),
      new DataView(buffer, 1, 2),
      Uint16Array.from([104 + 105 * 256]),
      Buffer.from("hi"),
    ]) {
      assert.deepEqual(encoded(view), { $bytes: "aGk=" });
    }
  });

  test("many bytes are encoded unchanged", () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index * 7);
    const [, , value] = decode(encode(["result", 1, bytes]));
    assert.deepEqual(value, bytes);
    assert.equal(Object.getPrototypeOf(value), Uint8Array.prototype);
  });
});

describe("sets", () => {
  test("values that Python can hash may be in a set", () => {
    const items = ["a", 1.5, true, null, undefined, new Date(NOON), Uint8Array.of(0)];
    assert.deepEqual(encoded(new Set(items)), {
      $set: ["a", 1.5, true, null, null, { $date: NOON }, { $bytes: "AA==" }],
    });
  });

  test("arrays, objects and sets in a set are refused", () => {
    for (const item of [[], {}, new Set(), { $date: NOON }, { $x: 1 }, { a: 1, b: 2 }, ["$date"]]) {
      refused({ all: new Set([1, item]) }, "value.all: a Set cannot contain an array or an object");
    }
  });

  test("the path contains the index of an item", () => {
    refused({ all: new Set([1, 2 ** 53]) }, /^value\.all\[1\]: an integer beyond/);
    refused(new Set([NaN]), "value[0]: NaN cannot be sent");
  });

  test("a set adds a level of nesting, and a circular one is refused", () => {
    const set = new Set();
    set.add(set);
    refused(set, /: nested more than 64 deep, or circular$/);
    const deep = (depth, value) => (depth === 0 ? value : [deep(depth - 1, value)]);
    encode(["result", 1, deep(63, new Set([1]))]);
    refused(deep(64, new Set([1])), /: nested more than 64 deep/);
    encode(["result", 1, deep(64, new Date(NOON))]);
  });
});

describe("the tag $element", () => {
  const text = (value) => JSON.stringify(["result", 1, value]);
  const special = (content) => `the element ${JSON.stringify(content)}`;

  test("the content of $element is passed on undecoded", () => {
    const content = [7, { $date: "?" }];
    const [, , value] = decode(text({ a: [{ $element: content }] }), special);
    assert.deepEqual(value, { a: [`the element ${JSON.stringify(content)}`] });
    assert.deepEqual(decode(text({ $set: [{ $element: 1 }] }), special)[2], new Set(["the element 1"]));
    assert.deepEqual(decodeValue([{ $element: 1 }], special), ["the element 1"]);
  });

  test("$element is recognised in arguments, keyword arguments and events", () => {
    const call = ["call", 1, 2, "m", [{ $element: 1 }], { a: { $element: 2 } }];
    const [, , , , args, kwargs] = decode(JSON.stringify(call), special);
    assert.deepEqual([args, kwargs], [["the element 1"], { a: "the element 2" }]);
    const event = ["event", 1, "m", [{ $element: 1 }]];
    assert.deepEqual(decode(JSON.stringify(event), special)[3], ["the element 1"]);
  });

  test("$element is malformed without a handler and in the data of an error", () => {
    const malformed = { name: "ProtocolError", code: 4400 };
    assert.throws(() => decode(text({ $element: 1 })), malformed);
    const info = { type: "A", message: "b", data: { $element: 1 } };
    assert.throws(() => decode(JSON.stringify(["error", 1, info]), special), malformed);
  });

  test("an escaped object that looks like $element is not one", () => {
    assert.deepEqual(decode(text({ $: { $element: 1 } }), special)[2], { $element: 1 });
  });
});

test("encode does not change dates, bytes and sets", () => {
  const message = ["result", 1, { a: new Date(NOON), b: Uint8Array.of(1), c: new Set([{}.x, 1]) }];
  const before = structuredClone(message);
  encode(message);
  assert.deepEqual(message, before);
});

test("tags in objects with two keys are data", () => {
  const value = { $date: "x", $set: 1 };
  assert.deepEqual(decode(encode(["result", 1, value]))[2], value);
});

test("a key __proto__ stays a key, also inside a tag", () => {
  const [, , value] = decode('["result",1,{"$":{"$a":{"__proto__":{"b":1}}}}]');
  assert.deepEqual(Object.keys(value.$a), ["__proto__"]);
  for (const item of ['{"__proto__":{"$date":1}}', '{"__proto__":[]}']) {
    assert.throws(() => decode(`["result",1,{"$set":[${item}]}]`), { code: 4400 });
  }
});
