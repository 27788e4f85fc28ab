// The end of a connection over HTTP, with both transports.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LongPollTransport } from "../../../livewidget/js/transports/longpoll.js";
import { catchUnhandled } from "../support/help.js";
import { BASE, HELLO, make, makeEnvironment, makeWelcomed, quiet, sse, TRANSPORTS, WELCOME } from "../support/overhttp.js";

for (const Transport of TRANSPORTS) {
  const named = (name, body) => test(`${Transport.name}: ${name}`, body);

  const FAILURES = [
    ["a network that fails", (request) => request.fail(), [1006, ""]],
    ["HTML with status 200", (request) => request.answer("<h1>Sign in</h1>\n\n<p>"), [1006, ""]],
    ["HTML with status 502", (request) => request.answer("<h1>Bad gateway</h1>", 502), [1006, ""]],
    ["another one's JSON with status 404", (request) => request.answer({ detail: "not found" }, 404), [1006, ""]],
    ["nothing", (request) => request.answer(""), [1006, ""]],
    ["null", (request) => request.answer("null"), [1006, ""]],
    ["a list", (request) => request.answer("[1]"), [1006, ""]],
    ["an answer without a count", (request) => request.answer({}), [1006, ""]],
    ["a wrong count", (request) => request.answer({ received: "x", heartbeat: 1, timeout: 1 }), [1006, ""]],
    ["a close", (request) => request.answer({ close: [4404, "no such page"] }), [4404, "no such page"]],
    ["a close with status 403", (request) => request.answer({ close: [4403, "refused"] }, 403), [4403, "refused"]],
    ["a close without a reason", (request) => request.answer({ close: [4409] }), [4409, ""]],
  ];
  for (const [name, fail, close] of FAILURES) {
    named(`${name} in answer to the hello closes the connection`, async () => {
      const { told, requests, slots } = await make(Transport);
      await fail(requests[0]);
      await quiet();
      assert.deepEqual(told, [["closed", ...close]]);
      assert.equal(requests.length, 1);
      assert.equal(slots.free, 1);
    });

    named(`${name} in answer to a send closes the connection`, async () => {
      const { transport, last, told, slots, clock } = await makeWelcomed(Transport);
      const held = last(Transport === LongPollTransport ? "poll" : "stream");
      transport.send(3, ["[3]"]);
      await quiet();
      told.length = 0;
      await fail(last("send"));
      await quiet();
      assert.deepEqual(told, [["closed", ...close]]);
      assert.equal(held.aborted, true);
      assert.equal(slots.free, 1);
      assert.equal(clock.running, 0);
    });
  }

  const WRONG = [
    { heartbeat: 0 },
    { heartbeat: undefined },
    { timeout: 0 },
    { timeout: "soon" },
    { received: undefined },
  ];
  for (const wrong of WRONG) {
    named(`a welcome with ${JSON.stringify(wrong)} closes the connection`, async () => {
      const { requests, told } = await make(Transport);
      const welcome = { ...WELCOME, ...wrong };
      await requests[0].answer(Transport === LongPollTransport ? welcome : sse(welcome));
      assert.deepEqual(told, [["closed", 1006, ""]]);
    });
  }

  named("a malformed close closes the connection", async () => {
    const { transport, last, told } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    await quiet();
    await last("send").answer({ close: 7 });
    assert.deepEqual(told, [["closed", 1006, ""]]);
  });

  named("close aborts all requests and releases the slot, and no more events follow", async () => {
    const { transport, requests, told, slots, clock } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    await quiet();
    told.length = 0;
    const open = requests.slice(-2);
    transport.close(4408, "silence");
    transport.close(4408, "again");
    assert.deepEqual(open.map(({ aborted }) => aborted), [true, true]);
    assert.equal(slots.free, 1);
    transport.send(4, ["[4]"]);
    transport.acknowledge(7);
    await quiet();
    clock.advance(60);
    await quiet();
    assert.deepEqual(told, []);
    assert.ok(!requests.slice(requests.indexOf(open[1]) + 1).some(({ made }) => made));
    assert.equal(slots.free, 1);
    assert.equal(slots.crowds, 0);
    assert.equal(clock.running, 0);
  });

  named("an answer on its way during the close is ignored", async () => {
    const { transport, last, told } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    await quiet();
    told.length = 0;
    // The answer has arrived and was not read yet.
    const answered = last("send").answer({ received: 3 });
    transport.close();
    await answered;
    assert.deepEqual(told, []);
  });

  named("a close on its way during the close is ignored", async (t) => {
    const unhandled = catchUnhandled(t);
    const { transport, last, told } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    await quiet();
    const answered = last("send").answer({ close: [4404, "gone"] });
    transport.close();
    await answered;
    assert.deepEqual(told, []);
    assert.deepEqual(unhandled, []);
  });

  named("closing during the hello aborts the request", async () => {
    const { transport, requests, told, slots } = await make(Transport);
    transport.close();
    await quiet();
    assert.deepEqual(requests.map(({ aborted }) => aborted), [true]);
    assert.equal(slots.free, 1);
    assert.deepEqual(told, []);
  });

  named("closing before the hello sends no request", async () => {
    const { environment, requests } = makeEnvironment();
    const events = new Proxy({}, { get: () => assert.fail("it was closed") });
    new Transport(BASE, HELLO, events, environment).close();
    await quiet();
    assert.ok(!requests.some(({ made }) => made));
    assert.equal(environment.slots.free, 1);
  });

  named("a slot acquired after the close is released", async () => {
    const all = makeEnvironment();
    let grant;
    let released = 0;
    all.environment.slots.acquire = () => new Promise((resolve) => (grant = resolve));
    const told = [];
    const closed = () => told.push("closed");
    const events = { welcome() {}, messages() {}, confirmed() {}, received: () => 5, closed };
    const transport = new Transport(BASE, HELLO, events, all.environment);
    await quiet();
    if (Transport === LongPollTransport) {
      await all.last("poll").answer(WELCOME);
    }
    const { length } = all.requests;
    transport.close();
    grant(() => (released += 1));
    await quiet();
    assert.equal(released, 1);
    assert.ok(!all.requests.slice(length).some(({ made }) => made));
    assert.deepEqual(told, []);
  });

  named("a transport closed during an event passes on no more", async () => {
    const { transport, last, told, state, requests, clock } = await makeWelcomed(Transport);
    state.after.messages = () => transport.close();
    if (Transport === LongPollTransport) {
      await last("poll").answer({ received: 2, first: 6, messages: [["a"]] });
    } else {
      await last("stream").chunk(sse(["a"]) + sse({ received: 2 }));
    }
    const { length } = requests;
    clock.advance(60);
    await quiet();
    assert.equal(told.at(-1)[0], "messages");
    assert.equal(requests.length, length);
  });
}
