// Names that JavaScript objects have, as keys in what the server sends: ordinary keys.

import assert from "node:assert/strict";
import { test } from "node:test";

import { control } from "../../../livewidget/js/transports/http.js";
import { ONE, makeConnected } from "../support/paging.js";

/** As text, since in an object literal `__proto__` sets the prototype. */
const ODD =
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1},' +
  '"then":{"polluted":1},"catch":0,"toString":0,"valueOf":0,"toJSON":0,"hasOwnProperty":0,"length":9}';

const LIMITS = { message: 4000, messages: 80, bytes: 9000 };

/** Check that the value equals ODD and that nothing else has changed. */
function assertOdd(value) {
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.equal(JSON.stringify(value), ODD);
  for (const other of [value, {}, [], () => {}]) {
    assert.equal(other.polluted, undefined);
  }
}

test("odd names as keys of an argument are returned unchanged", async (t) => {
  const { receive, answers, widget } = await makeConnected(t, ONE, LIMITS);
  await receive(`["call",1,1,"echo",[${ODD}]]`);
  assertOdd(widget(1).heard);
  await receive(`["call",2,1,"echo",[[{"in":${ODD}}]]]`);
  assertOdd(widget(1).heard[0].in);
  assert.deepEqual(answers().map(([kind]) => kind), ["result", "result"]);
  assertOdd(answers()[0][2]);
});

test("odd names as keyword arguments are refused", async (t) => {
  const { receive, answers } = await makeConnected(t);
  for (const name of ["__proto__", "constructor", "then"]) {
    await receive(`["call",1,1,"add",[1,2],{"${name}":{"a":1}}]`);
    assert.equal(answers().at(-1)[2].type, "BadArguments");
  }
});

test("odd names as keys of a result do not make it a promise", async (t) => {
  const { receive, widget } = await makeConnected(t, ONE, LIMITS);
  const answers = [widget(1).callRemote("m"), widget(1).callRemote("m")];
  await receive(`["result",1,${ODD}]`, `["result",2,{"then":"then"}]`);
  assertOdd(await answers[0]);
  assert.deepEqual(await answers[1], { then: "then" });
});

test("odd names as keys of an error's data are kept", async (t) => {
  const { receive, widget } = await makeConnected(t, ONE, LIMITS);
  const answer = widget(1).callRemote("m").catch((error) => error);
  await receive(`["error",1,{"type":"Busy","message":"later","data":${ODD}}]`);
  assertOdd((await answer).data);
});

for (const name of ["__proto__", "constructor", "name", "then"]) {
  test(`"${name}" as a part of an error ends the page with 4400`, async (t) => {
    const { receive, shown, widget } = await makeConnected(t);
    widget(1).callRemoteOnly("m");
    await receive(`["error",1,{"type":"Busy","message":"later","${name}":{"stack":"x"}}]`);
    assert.deepEqual(shown.at(-1).slice(0, 2), ["gone", 4400]);
  });
}

test("odd names as keys of an initial argument are kept", async (t) => {
  const { widget } = await makeConnected(t, [[1, null, "Tell", "Teller", [JSON.parse(ODD)]]]);
  assertOdd(widget(1).initialArguments[0]);
});

test("a control object over HTTP does not use inherited properties", () => {
  assert.throws(() => control('{"__proto__":{"received":1}}'), { message: "malformed answer" });
  assert.equal(control('{"received":1,"__proto__":{"close":[4404,""]}}').received, 1);
});

test("a returned object whose then is not a function is not a promise", async (t) => {
  const { receive, answers, widget } = await makeConnected(t);
  widget(1).value = { then: 5 };
  await receive(["call", 1, 1, "gives", []]);
  assert.deepEqual(answers(), [["result", 1, { then: 5 }]]);
});
