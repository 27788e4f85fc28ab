// The vectors in tests/wire/vectors/, which the Python and the JavaScript core share. Each
// is a test here and in tests/wire/test_vectors.py.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { Calls } from "../../../livewidget/js/wire/calls.js";
import { Delivery } from "../../../livewidget/js/wire/delivery.js";
import { ConnectionLost, EncodeError, LiveError, ProtocolError, RemoteError } from "../../../livewidget/js/wire/errors.js";
import { decode, encode } from "../../../livewidget/js/wire/messages.js";

const READERS = {
  __proto__: null,
  "@date": (text) => new Date(text),
  "@bytes": (numbers) => Uint8Array.from(numbers),
  "@set": (items) => new Set(items),
};
/** Return a file of vectors, with values that JSON lacks. */
const load = (name) =>
  JSON.parse(readFileSync(new URL(`../../wire/vectors/${name}.json`, import.meta.url), "utf8"), (_, value) => {
    const [tag] = Object.keys(value ?? 0);
    return READERS[tag]?.(value[tag]) ?? value;
  });
const ours = (vectors) => vectors.filter(({ only = "javascript" }) => only === "javascript");

const messages = load("messages");
const delivery = load("delivery");
const calls = load("calls");

describe("encode", () => {
  for (const { name, message, text, refused } of ours(messages.encode)) {
    test(name, () => {
      if (text !== undefined) {
        assert.equal(encode(message), text);
      } else {
        assert.throws(() => encode(message), (error) => {
          assert.ok(error instanceof EncodeError, String(error));
          assert.equal(error.path, refused);
          return true;
        });
      }
    });
  }
});

describe("decode", () => {
  for (const { name, text: given, message, refused } of ours(messages.decode)) {
    const text = typeof given === "string" ? given : given.repeat[0].repeat(given.repeat[1]);
    test(name, () => {
      if (message !== undefined) {
        assert.deepEqual(decode(text), message);
      } else {
        assert.throws(() => decode(text), (error) => {
          assert.ok(error instanceof ProtocolError, String(error));
          assert.equal(error.code, refused);
          return true;
        });
      }
    });
  }
});

/** Return the result or the error of a step, as the vectors name it. */
function outcome(object, { do: method, args }) {
  try {
    return { gives: object[method](...args) };
  } catch (error) {
    return { raises: error instanceof ProtocolError ? error.code : error.name };
  }
}

describe("delivery", () => {
  for (const { name, options, steps } of ours(delivery.vectors)) {
    test(name, () => {
      const { limits, ...others } = { ...delivery.defaults, ...options };
      const object = new Delivery(limits, others);
      steps.forEach((step, index) => {
        const where = `step ${index + 1}: ${JSON.stringify(step)}`;
        const { gives, raises } = outcome(object, step);
        assert.equal(raises, step.raises, where);
        if ("gives" in step) {
          assert.deepEqual(gives, step.gives, where);
        }
        for (const [attribute, value] of Object.entries(step.then ?? {})) {
          assert.equal(object[attribute], value, `${attribute} after ${where}`);
        }
      });
    });
  }
});

/** The methods of Calls, as the vectors name them, and the answers. */
class Caller {
  calls = new Calls();
  answers = [];

  make(...args) {
    const { message, answer } = this.calls.make(...args);
    const index = this.answers.push(null) - 1;
    answer.then(
      (value) => (this.answers[index] = ["value", value]),
      (error) => (this.answers[index] = described(error)),
    );
    return message;
  }

  result(callId, value) {
    this.calls.result(callId, value);
  }

  error(callId, info) {
    this.calls.error(callId, info);
  }

  fail(callId, text) {
    this.calls.fail(callId, new LiveError(text));
  }

  lose(code, reason) {
    this.calls.lose(new ConnectionLost(code, reason));
  }
}

function described(error) {
  if (error instanceof RemoteError) {
    return ["RemoteError", error.type, error.message, error.data];
  }
  return error instanceof ConnectionLost ? ["ConnectionLost", error.code] : [error.name, error.message];
}

describe("calls", () => {
  for (const { name, steps } of calls.vectors) {
    test(name, async () => {
      const caller = new Caller();
      for (const [index, step] of steps.entries()) {
        const where = `step ${index + 1}: ${JSON.stringify(step)}`;
        assert.deepEqual(caller[step.do](...step.args), step.gives, where);
        await new Promise(setImmediate);
        const { inFlight = caller.calls.size, answers = caller.answers } = step.then ?? {};
        assert.equal(caller.calls.size, inFlight, where);
        assert.deepEqual(caller.answers, answers, where);
      }
    });
  }
});
