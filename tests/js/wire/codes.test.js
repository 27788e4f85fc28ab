// The close codes: equal to the server's, and defined once.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import * as codes from "../../../livewidget/js/wire/codes.js";

const { ENDS, RELOADS, OF_WEBSOCKET, LOST, ...named } = codes;
const PACKAGE = new URL("../../../livewidget/", import.meta.url);
const read = (name) => readFileSync(new URL(name, PACKAGE), "utf8");

test("the codes are those of codes.py", () => {
  const python = Object.fromEntries(
    [...read("wire/codes.py").matchAll(/^([A-Z_]+) = (4\d{3})$/gm)].map(([, name, code]) => [name, Number(code)]),
  );
  assert.deepEqual({ ...named }, python);
});

test("a lost connection has the code of RFC 6455", () => {
  assert.equal(LOST, 1006);
});

test("codes of the WebSocket protocol mean the same as in codes.py", () => {
  const [, table] = read("wire/codes.py").match(/^OF_WEBSOCKET = \{(.*)\}$/m);
  const python = table.split(", ").map((entry) => entry.split(": "));
  assert.deepEqual(OF_WEBSOCKET, Object.fromEntries(python.map(([code, name]) => [Number(code), named[name]])));
});

test("every code except that for silence ends the page", () => {
  const others = Object.values(named).filter((code) => !ENDS.includes(code));
  assert.deepEqual(others, [named.TIMED_OUT]);
});

test("the page reloads after exactly the codes that a fresh page helps with", () => {
  const { CLOSED, REFUSED, TAKEN_OVER } = named;
  const others = ENDS.filter((code) => !RELOADS.includes(code));
  assert.deepEqual(others, [CLOSED, REFUSED, TAKEN_OVER]);
});

test("no other module contains a close code as a number", () => {
  const modules = readdirSync(new URL("js/", PACKAGE), { recursive: true })
    .map((name) => `js/${name}`)
    .filter((name) => name.endsWith(".js") && name !== "js/wire/codes.js");
  assert.ok(modules.length > 10, String(modules));
  for (const name of modules) {
    const source = read(name).replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, "");
    assert.doesNotMatch(source, /\b(4\d{3}|100[2679])\b/, name);
  }
});
