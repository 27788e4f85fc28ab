// What tests/wire/vectors/calls.json lacks: promises and unhandled rejections.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Calls, errorInfo } from "../../../livewidget/js/wire/calls.js";
import { ConnectionLost, LiveError, RemoteError } from "../../../livewidget/js/wire/errors.js";
import { catchUnhandled, settled } from "../support/help.js";

const LOST = new ConnectionLost(4404, "gone");

test("a lost answer without a handler is not reported", async (t) => {
  const unhandled = catchUnhandled(t);
  const calls = new Calls();
  calls.make(1, "m", []);
  calls.lose(LOST);
  await settled();
  assert.deepEqual(unhandled, []);
});

test("an error without a handler is reported", async (t) => {
  const unhandled = catchUnhandled(t);
  const calls = new Calls();
  calls.make(1, "m", []);
  calls.error(1, { type: "Busy", message: "later" });
  await settled();
  assert.equal(unhandled.length, 1);
  assert.equal(unhandled[0].type, "Busy");
});

test("earlier and later handlers are notified of a loss", async () => {
  const calls = new Calls();
  const { answer } = calls.make(1, "m", []);
  const early = assert.rejects(answer, LOST);
  calls.lose(LOST);
  await early;
  await assert.rejects(answer, LOST);
});

test("a call made while others are lost is not lost", async () => {
  const calls = new Calls();
  const { answer } = calls.make(1, "m", []);
  answer.catch(() => calls.make(1, "again", []));
  calls.lose(LOST);
  await settled();
  assert.equal(calls.size, 1);
});

test("keyword arguments are part of the message only if there are any", () => {
  const calls = new Calls();
  assert.deepEqual(calls.make(3, "m", []).message, ["call", 1, 3, "m", []]);
  assert.deepEqual(calls.make(3, "m", [], { a: 1 }).message, ["call", 2, 3, "m", [], { a: 1 }]);
});

test("an error from the server has everything that was sent with it", async () => {
  const calls = new Calls();
  const { answer } = calls.make(1, "m", []);
  calls.error(1, { type: "Busy", message: "later", data: 5, id: "1f", stack: "at x" });
  const error = await answer.catch((reason) => reason);
  assert.ok(error instanceof RemoteError);
  assert.deepEqual(
    [error.name, error.type, error.message, error.data, error.id, error.remoteStack],
    ["RemoteError", "Busy", "later", 5, "1f", "at x"],
  );
});

test("an error of a widget is sent with its name, text and stack", () => {
  const error = new RangeError("too far");
  assert.deepEqual(errorInfo(error), { type: "RangeError", message: "too far", stack: error.stack });
});

test("a LiveError is sent with its data and without a stack", () => {
  class Busy extends LiveError {}
  assert.deepEqual(errorInfo(new Busy("later", { after: 5 })), {
    type: "Busy",
    message: "later",
    data: { after: 5 },
  });
});

test("a thrown value that is not an Error is sent as its text, without a stack", () => {
  assert.deepEqual(errorInfo("oh"), { type: "Error", message: "oh", stack: "" });
  assert.deepEqual(errorInfo(undefined), { type: "Error", message: "undefined", stack: "" });
  assert.deepEqual(errorInfo(Symbol("x")), { type: "Error", message: "Symbol(x)", stack: "" });
});

test("an error whose parts are not strings is sent as strings", () => {
  const error = Object.assign(new Error(), { name: 5, message: null, stack: { a: 1 } });
  assert.deepEqual(errorInfo(error), { type: "5", message: "null", stack: "[object Object]" });
  delete error.stack;
  assert.equal(errorInfo(Object.assign(error, { stack: undefined })).stack, "");
});
