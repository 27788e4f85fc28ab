// Values of JavaScript that tests/wire/vectors/messages.json cannot express.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, decodeValue, encode, parse } from "../../../livewidget/js/wire/messages.js";

const encoded = (value) => JSON.parse(encode(["result", 1, value]))[2];
const refused = (value, message) =>
  assert.throws(() => encode(["result", 1, value]), { name: "EncodeError", message });

test("NaN, functions, symbols and big integers are refused", () => {
  refused(NaN, "value: NaN cannot be sent");
  refused([() => 1], "value[0]: a function cannot be sent");
  refused({ a: Symbol("x") }, "value.a: a symbol cannot be sent");
  refused(1n, "value: a bigint cannot be sent");
});

test("instances of classes are refused, and the error names the class", () => {
  class Point {}
  refused(new Map(), "value: a Map cannot be sent");
  refused({ at: [/x/] }, "value.at[0]: a RegExp cannot be sent");
  refused(new Point(), "value: a Point cannot be sent");
  refused(Object.create(Object.create({})), "value: a Object cannot be sent");
});

test("objects without a prototype are encoded", () => {
  assert.deepEqual(encoded(Object.assign(Object.create(null), { a: 1 })), { a: 1 });
});

test("undefined is encoded as null, and left out of objects", () => {
  assert.equal(encoded(undefined), null);
  assert.deepEqual(encoded([undefined, 1]), [null, 1]);
  assert.deepEqual(encoded({ a: undefined, b: 1 }), { b: 1 });
  assert.equal(encode(["call", 1, 2, "m", [], { a: undefined }]), '["call",1,2,"m",[],{}]');
});

test("an object looks like a tag by its defined properties only", () => {
  assert.deepEqual(encoded({ $a: 1, b: undefined }), { $: { $a: 1 } });
});

test("a circular value is refused", () => {
  const value = [];
  value.push(value, value);
  refused(value, /^value(\[0\]){64}: nested more than 64 deep, or circular$/);
});

test("a method name that is not a proper string is refused", () => {
  for (const name of [undefined, 5, {}, Symbol("x")]) {
    assert.throws(() => encode(["call", 1, 2, name, []]), {
      name: "EncodeError",
      message: "method: a method name must be a string of 1 to 256 characters",
    });
  }
});

test("undefined parts of an error are left out", () => {
  const info = { type: "A", message: "b", data: undefined, stack: undefined };
  assert.equal(encode(["error", 1, info]), '["error",1,{"type":"A","message":"b"}]');
});

test("encode does not change the message", () => {
  const message = ["call", 1, 2, "m", [{ $a: [1] }], { x: { $b: 2 } }];
  const before = structuredClone(message);
  encode(message);
  assert.deepEqual(message, before);
});

test("an error of a getter is passed on", () => {
  const value = {
    get a() {
      throw new RangeError("no");
    },
  };
  assert.throws(() => encode(["result", 1, value]), { name: "RangeError", message: "no" });
});

test("a key __proto__ does not set a prototype", () => {
  const [, , value] = decode('["result",1,{"__proto__":{"a":1}}]');
  assert.deepEqual(Object.keys(value), ["__proto__"]);
  assert.equal(value.a, undefined);
});

test("values embedded in the page are checked and decoded", () => {
  assert.deepEqual(decodeValue([{ $: { $a: 1 } }]), [{ $a: 1 }]);
  assert.throws(() => decodeValue([{ $a: 1 }]), { name: "ProtocolError", code: 4400 });
});

test("parse refuses what is not JSON with 4400", () => {
  assert.deepEqual(parse('{"received":1}'), { received: 1 });
  assert.throws(() => parse("{"), { name: "ProtocolError", code: 4400 });
});

test("an unknown tag is named in the reason, shortened", () => {
  const text = JSON.stringify(["result", 1, { [`$${"x".repeat(100)}`]: 1 }]);
  assert.throws(() => decode(text), {
    reason: `malformed message: unknown or wrong tag $${"x".repeat(31)}`,
  });
});
