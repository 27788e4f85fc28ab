import assert from "node:assert/strict";
import { test } from "node:test";

import { EventStreamTransport, probe } from "../../livewidget/js/transports/eventstream.js";
import { leave } from "../../livewidget/js/transports/http.js";
import { LongPollTransport } from "../../livewidget/js/transports/longpoll.js";
import { FakeClock, catchUnhandled, settled } from "./help.js";

const BASE = new URL("http://localhost/chat/_live/");
const HELLO = { page: "p", claim: "c", connection: 3, received: 5 };
const WELCOME = {
  connection: 3,
  received: 2,
  first: 6,
  heartbeat: 25,
  timeout: 20,
  limits: { message: 65536, messages: 10000, bytes: 1048576 },
};
const TRANSPORTS = [LongPollTransport, EventStreamTransport];

/** Streams pass through more than one turn. */
async function quiet() {
  for (let turn = 0; turn < 6; turn++) {
    await settled();
  }
}

const bytes = (text) => new TextEncoder().encode(text);
const sse = (value) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;

/** A request that waits for its answer. */
class FakeRequest {
  aborted = false;
  #stream = null;

  constructor(url, options, resolve, reject) {
    const error = () => new DOMException("aborted", "AbortError");
    this.path = url.slice(String(BASE).length);
    this.options = options;
    this.text = options.body;
    // A browser makes no request of one that is aborted before.
    this.made = !options.signal?.aborted;
    this.body = JSON.parse(options.body);
    this.fail = () => reject(new TypeError("the network failed"));
    this.resolve = resolve;
    options.signal?.addEventListener("abort", () => {
      this.aborted = true;
      this.#stream?.error(error());
      reject(error());
    });
    if (!this.made) {
      reject(error());
    }
  }

  async answer(value, status = 200) {
    this.resolve(new Response(typeof value === "string" ? value : JSON.stringify(value), { status }));
    await quiet();
  }

  /** The beginning of an answer without end. */
  async begin() {
    const body = new ReadableStream({ start: (controller) => (this.#stream = controller) });
    this.resolve(new Response(body));
    await quiet();
  }

  async chunk(content) {
    this.#stream.enqueue(typeof content === "string" ? bytes(content) : content);
    await quiet();
  }

  async end() {
    this.#stream.close();
    await quiet();
  }

  async cut() {
    this.#stream.error(new TypeError("the network failed"));
    await quiet();
  }
}

class FakeSlots {
  free = 1;
  holdFor = undefined;
  asked = 0;
  crowds = 0;

  async take() {
    this.asked += 1;
    if (this.free === 0 || this.crowds > 0) {
      return null;
    }
    this.free -= 1;
    return () => (this.free += 1);
  }

  crowded() {
    this.crowds += 1;
  }
}

/** What a browser has, and a server that answers when it is told to. */
function makeEnvironment() {
  const requests = [];
  const environment = {
    clock: new FakeClock(),
    slots: new FakeSlots(),
    fetch: (url, options) =>
      new Promise((resolve, reject) => requests.push(new FakeRequest(url, options, resolve, reject))),
  };
  const of = (path) => requests.filter((request) => request.path === path);
  return { environment, requests, of, last: (path) => of(path).at(-1) };
}

/** A transport that has made its first request. */
async function make(Transport, { hello = HELLO, free = 1 } = {}) {
  const all = makeEnvironment();
  const told = [];
  const state = { received: 5, after: {} };
  const events = { received: () => state.received };
  for (const name of ["welcome", "messages", "acknowledged", "confirmed", "closed"]) {
    events[name] = (...args) => {
      if (name === "closed" && [1006, 4408].includes(args[0])) {
        // The reason is for people.
        assert.equal(typeof args[1], "string");
        args[1] = "";
      }
      told.push([name, ...args]);
      state.after[name]?.(...args);
    };
  }
  all.environment.slots.free = free;
  const transport = new Transport(BASE, hello, events, all.environment);
  await quiet();
  return { ...all, transport, told, state, clock: all.environment.clock, slots: all.environment.slots };
}

/** The same, connected. */
async function makeWelcomed(Transport, options) {
  const all = await make(Transport, options);
  if (Transport === LongPollTransport) {
    await all.last("poll").answer(WELCOME);
  } else {
    await all.last("stream").begin();
    await all.last("stream").chunk(sse({ ...WELCOME, first: 6 }));
  }
  all.told.length = 0;
  return all;
}

const closes = (told) => told.filter(([name]) => name === "closed");

// What is sent, the same over both.

for (const Transport of TRANSPORTS) {
  const named = (name, body) => test(`${Transport.name}: ${name}`, body);

  named("a request has the page in a header, and the hello in its body", async () => {
    const { requests } = await make(Transport, { hello: { ...HELLO, heartbeat: 7 } });
    assert.equal(requests.length, 1);
    const { options, body } = requests[0];
    assert.equal(options.method, "POST");
    assert.deepEqual(options.headers, { "Live-Page": "p", "Content-Type": "application/json" });
    const hello = Transport === LongPollTransport ? { hello: true } : {};
    assert.deepEqual(body, { claim: "c", connection: 3, received: 5, heartbeat: 7, ...hello });
  });

  named("nothing is told before the transport is made", () => {
    const { environment } = makeEnvironment();
    const events = new Proxy({}, { get: () => assert.fail("told at once") });
    environment.slots.free = 0;
    new Transport(BASE, HELLO, events, environment).close();
  });

  named("a send has the messages as they are, with the count of the first", async () => {
    const { transport, of, state } = await makeWelcomed(Transport, { hello: { ...HELLO, heartbeat: 7 } });
    state.received = 6;
    transport.send(3, ['["a",  1.0]', '["b"]']);
    await quiet();
    const [{ text }] = of("send");
    assert.equal(text, '{"claim":"c","connection":3,"received":6,"first":3,"messages":[["a",  1.0],["b"]]}');
  });

  named("what is sent in one turn goes together, in order", async () => {
    const { transport, of } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    transport.send(4, ["[4]", "[5]"]);
    await quiet();
    assert.equal(of("send").length, 1);
    assert.deepEqual([of("send")[0].body.first, of("send")[0].body.messages], [3, [[3], [4], [5]]]);
  });

  named("one send is on its way at a time; what comes meanwhile goes with the next", async () => {
    const { transport, of, told } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    await quiet();
    transport.send(4, ["[4]"]);
    await quiet();
    transport.send(5, ["[5]"]);
    await quiet();
    assert.equal(of("send").length, 1);
    await of("send")[0].answer({ received: 3 });
    assert.equal(of("send").length, 2);
    assert.deepEqual([of("send")[1].body.first, of("send")[1].body.messages], [4, [[4], [5]]]);
    await of("send")[1].answer({ received: 5 });
    assert.deepEqual(told.filter(([name]) => name === "confirmed").slice(-2), [["confirmed", 3], ["confirmed", 5]]);
    assert.equal(of("send").length, 2);
  });

  named("what is sent while an answer is told goes out too", async () => {
    const { transport, of, state } = await makeWelcomed(Transport);
    state.after.confirmed = () => {
      state.after = {};
      transport.send(4, ["[4]"]);
    };
    transport.send(3, ["[3]"]);
    await quiet();
    await of("send")[0].answer({ received: 3 });
    assert.deepEqual([of("send")[1].body.first, of("send")[1].body.messages], [4, [[4]]]);
  });

  named("after a pause the count goes on", async () => {
    const { transport, of } = await makeWelcomed(Transport);
    transport.send(3, ["[3]", "[4]"]);
    await quiet();
    await of("send")[0].answer({ received: 4 });
    transport.send(5, ["[5]"]);
    await quiet();
    assert.deepEqual([of("send")[1].body.first, of("send")[1].body.messages], [5, [[5]]]);
  });

  const sized = (size) => JSON.stringify(["x".repeat(size - 4)]);
  const euros = (size) => JSON.stringify(["€".repeat((size - 4) / 3)]);
  const BATCHES = [
    ["exactly 32 KiB go together", [sized(32000), sized(768)], [2]],
    ["a byte more does not", [sized(32000), sized(769)], [1, 1]],
    ["bytes are counted, and not characters", [euros(16384), euros(16387)], [1, 1]],
    ["as many bytes of them as fit go together", [euros(16384), euros(16384)], [2]],
    ["one message may be larger", [sized(60000), sized(10), sized(40000), sized(9)], [1, 1, 1, 1]],
    ["a large one does not go with those before", [sized(10), sized(10), sized(40000)], [2, 1]],
  ];
  for (const [name, messages, expected] of BATCHES) {
    named(`in a send, ${name}`, async () => {
      const { transport, of, requests } = await makeWelcomed(Transport);
      for (let count = 1; count <= 6; count++) {
        transport.send(3, ["[3]"]);
        await quiet();
        await of("send").at(-1).answer({ received: 3 });
      }
      requests.length = 0;
      transport.send(3, messages);
      await quiet();
      for (let count = 0, first = 3; count < expected.length; first += expected[count++]) {
        const { body } = of("send")[count];
        assert.equal(body.first, first);
        const texts = body.messages.map((message) => JSON.stringify(message));
        assert.deepEqual(texts, messages.slice(first - 3, first - 3 + expected[count]));
        await of("send")[count].answer({ received: first + expected[count] - 1 });
      }
      assert.equal(of("send").length, expected.length);
    });
  }

  for (const [size, expected] of [[24, 2], [25, 1]]) {
    named(`the first send of a connection has ${expected} of two messages of ${1000 + size} bytes`, async () => {
      const { transport, last } = await makeWelcomed(Transport);
      transport.send(3, [sized(1000), sized(size)]);
      await quiet();
      assert.equal(last("send").body.messages.length, expected);
    });
  }

  named("the first send of a connection has up to 1 KiB, each other one twice as much", async () => {
    const { transport, of } = await makeWelcomed(Transport);
    const messages = Array.from({ length: 1000 }, () => sized(256));
    transport.send(3, messages);
    await quiet();
    const sizes = [];
    for (let next = 3; next < 1003; ) {
      const { body } = of("send").at(-1);
      assert.equal(body.first, next);
      next += body.messages.length;
      sizes.push(body.messages.length / 4);
      await of("send").at(-1).answer({ received: next - 1 });
    }
    assert.deepEqual(sizes.slice(0, 7), [1, 2, 4, 8, 16, 32, 32]);
  });

  named("the acknowledgement of a request is as new as can be", async () => {
    const { transport, of, state } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    await quiet();
    transport.send(4, ["[4]"]);
    state.received = 9;
    await of("send")[0].answer({ received: 3 });
    assert.deepEqual(of("send").map(({ body }) => body.received), [5, 9]);
  });

  named("a server that has received nothing says 0", async () => {
    const { transport, requests, last, told } = await make(Transport);
    const welcome = { ...WELCOME, received: 0, first: 6 };
    if (Transport === LongPollTransport) {
      await requests[0].answer(welcome);
    } else {
      await requests[0].begin();
      await requests[0].chunk(sse(welcome) + sse({ received: 0 }));
    }
    transport.send(1, ["[1]"]);
    await quiet();
    await last("send").answer({ received: 0 });
    assert.equal(told[0][0], "welcome");
    assert.deepEqual(told.at(-1), ["confirmed", 0]);
    assert.deepEqual(closes(told), []);
  });

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
    named(`${name} in answer to the hello is the end`, async () => {
      const { told, requests, slots } = await make(Transport);
      await fail(requests[0]);
      await quiet();
      assert.deepEqual(told, [["closed", ...close]]);
      assert.equal(requests.length, 1);
      assert.equal(slots.free, 1);
    });

    named(`${name} in answer to a send is the end`, async () => {
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
    named(`a welcome with ${JSON.stringify(wrong)} is the end`, async () => {
      const { requests, told } = await make(Transport);
      const welcome = { ...WELCOME, ...wrong };
      await requests[0].answer(Transport === LongPollTransport ? welcome : sse(welcome));
      assert.deepEqual(told, [["closed", 1006, ""]]);
    });
  }

  named("a close that is none of ours is an end all the same", async () => {
    const { transport, last, told } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    await quiet();
    await last("send").answer({ close: 7 });
    assert.deepEqual(told, [["closed", 1006, ""]]);
  });

  named("a send that takes 3 seconds gives up what is held, and one that takes 6 is lost", async () => {
    const { transport, of, told, clock, slots } = await makeWelcomed(Transport);
    const held = of(Transport === LongPollTransport ? "poll" : "stream").at(-1);
    transport.send(3, ["[3]"]);
    await quiet();
    clock.advance(2.9);
    assert.deepEqual([held.aborted, slots.crowds, slots.free], [false, 0, 0]);
    clock.advance(0.1);
    assert.deepEqual([held.aborted, slots.crowds, slots.free], [true, 1, 1]);
    await quiet();
    if (Transport === LongPollTransport) {
      assert.equal(of("send")[0].aborted, false);
      clock.advance(2.9);
      await quiet();
      assert.deepEqual(closes(told), []);
      clock.advance(0.1);
      await quiet();
    }
    // This says nothing of how long a silence may last here.
    assert.deepEqual(closes(told), [["closed", 4408, ""]]);
    assert.equal(of("send")[0].aborted, true);
    assert.equal(of("send").length, 1);
  });

  named("a close by the application that overtakes its last messages waits for them", async () => {
    const { transport, last, told, clock } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    await quiet();
    await last("send").answer({ close: [4000, "bye"] });
    assert.deepEqual(closes(told), []);
    if (Transport === LongPollTransport) {
      await last("poll").answer({ received: 2, first: 6, messages: [["last"]] });
      await last("poll").answer({ close: [4000, "bye"] });
    } else {
      await last("stream").chunk(sse('["last"]') + sse({ close: [4000, "bye"] }));
    }
    assert.deepEqual(told.at(-2).slice(0, 2), ["messages", ['["last"]']]);
    assert.deepEqual(closes(told), [["closed", 4000, "bye"]]);
    clock.advance(3);
    await quiet();
    assert.equal(closes(told).length, 1);
  });

  named("but not for long", async () => {
    const { transport, of, last, told, clock, slots } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    await quiet();
    clock.advance(1);
    await last("send").answer({ close: [4000, "bye"] });
    transport.send(4, ["[4]"]);
    clock.advance(2.9);
    await quiet();
    assert.deepEqual(closes(told), []);
    clock.advance(0.2);
    await quiet();
    assert.deepEqual(closes(told), [["closed", 4000, "bye"]]);
    assert.deepEqual([of("send").length, slots.crowds], [1, 0]);
  });

  named("a large send may take longer, a second for 4 KiB", async () => {
    const { transport, of, told, clock, slots } = await makeWelcomed(Transport);
    transport.send(3, [JSON.stringify(["x".repeat(40 * 1024)])]);
    await quiet();
    clock.advance(12.9);
    assert.equal(slots.crowds, 0);
    await of("send")[0].answer({ received: 3 });
    transport.send(4, [JSON.stringify(["x".repeat(40 * 1024)])]);
    await quiet();
    clock.advance(13);
    assert.equal(slots.crowds, 1);
    if (Transport === LongPollTransport) {
      clock.advance(2.9);
      assert.deepEqual(closes(told), []);
      clock.advance(0.1);
    }
    await quiet();
    assert.deepEqual(closes(told), [["closed", 4408, ""]]);
  });

  named("a send that is answered in time crowds nobody", async () => {
    const { transport, of, told, clock, slots } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    await quiet();
    clock.advance(2.9);
    await of("send")[0].answer({ received: 3 });
    assert.equal(clock.running, 0);
    clock.advance(60);
    await quiet();
    assert.equal(slots.crowds, 0);
    assert.deepEqual(closes(told), []);
  });

  named("close aborts all requests, gives back the slot, and then nothing is told", async () => {
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

  named("an answer that was on its way when it was closed is not heard", async () => {
    const { transport, last, told } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    await quiet();
    told.length = 0;
    // The answer is there, and nobody has looked at it yet.
    const answered = last("send").answer({ received: 3 });
    transport.close();
    await answered;
    assert.deepEqual(told, []);
  });

  named("nor is a close that was", async (t) => {
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

  named("one that is closed while it says hello gives that request up", async () => {
    const { transport, requests, told, slots } = await make(Transport);
    transport.close();
    await quiet();
    assert.deepEqual(requests.map(({ aborted }) => aborted), [true]);
    assert.equal(slots.free, 1);
    assert.deepEqual(told, []);
  });

  named("one that is closed before its hello asks for nothing", async () => {
    const { environment, requests } = makeEnvironment();
    const events = new Proxy({}, { get: () => assert.fail("it was closed") });
    new Transport(BASE, HELLO, events, environment).close();
    await quiet();
    assert.ok(!requests.some(({ made }) => made));
    assert.equal(environment.slots.free, 1);
  });

  named("a slot that comes after the close is given back", async () => {
    const all = makeEnvironment();
    let grant;
    let released = 0;
    all.environment.slots.take = () => new Promise((resolve) => (grant = resolve));
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

  named("closed by the page in the midst of what it is told, it tells no more", async () => {
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

// Long-poll

test("the hello of a long-poll is answered, and may have messages", async () => {
  const { last, told } = await make(LongPollTransport);
  const answer = { ...WELCOME, first: 6, messages: [["call", 1, { a: "€" }], ["b"]] };
  await last("poll").answer(answer);
  assert.deepEqual(told.filter(([name]) => name !== "confirmed"), [
    ["welcome", answer],
    ["messages", ['["call",1,{"a":"€"}]', '["b"]'], 6],
  ]);
});

test("with a slot a poll waits, and the next one follows at once", async () => {
  const { of, last, told, state, slots } = await makeWelcomed(LongPollTransport);
  assert.deepEqual(last("poll").body, { claim: "c", connection: 3, received: 5 });
  assert.equal(slots.free, 0);
  state.after.messages = () => (state.received = 7);
  await last("poll").answer({ received: 4, first: 6, messages: [["a"], ["b"]] });
  assert.deepEqual(told, [["confirmed", 4], ["messages", ['["a"]', '["b"]'], 6]]);
  assert.equal(of("poll").length, 3);
  assert.deepEqual(last("poll").body, { claim: "c", connection: 3, received: 7 });
  assert.equal(slots.free, 0);
});

test("an answer without messages is told: it is a sign of life", async () => {
  const { last, told } = await makeWelcomed(LongPollTransport);
  await last("poll").answer({ received: 4 });
  assert.deepEqual(told, [["confirmed", 4], ["messages", [], null]]);
});

test("without a slot it asks once a second, and does not wait", async () => {
  const { of, last, clock } = await makeWelcomed(LongPollTransport, { free: 0 });
  assert.deepEqual(last("poll").body, { claim: "c", connection: 3, received: 5, wait: false });
  await last("poll").answer({ received: 2 });
  clock.advance(0.9);
  await quiet();
  assert.equal(of("poll").length, 2);
  clock.advance(0.1);
  await quiet();
  assert.equal(of("poll").length, 3);
  assert.equal(last("poll").body.wait, false);
});

test("when a slot is free again a poll waits", async () => {
  const { last, clock, slots } = await makeWelcomed(LongPollTransport, { free: 0 });
  slots.free = 1;
  await last("poll").answer({ received: 2 });
  clock.advance(1);
  await quiet();
  assert.equal("wait" in last("poll").body, false);
  assert.equal(slots.free, 0);
});

test("without a slot it asks at once when a send was answered", async () => {
  const { transport, of, last, clock } = await makeWelcomed(LongPollTransport, { free: 0 });
  await last("poll").answer({ received: 2 });
  transport.send(3, ["[3]"]);
  await quiet();
  assert.equal(of("poll").length, 2);
  await last("send").answer({ received: 3 });
  assert.equal(of("poll").length, 3);
  // While it asks, too.
  transport.send(4, ["[4]"]);
  await quiet();
  await last("send").answer({ received: 4 });
  assert.equal(of("poll").length, 3);
  await last("poll").answer({ received: 3 });
  assert.equal(of("poll").length, 4);
  // And then not before the second is over.
  await last("poll").answer({ received: 4 });
  assert.equal(of("poll").length, 4);
  clock.advance(1);
  await quiet();
  assert.equal(of("poll").length, 5);
});

test("a poll that waits is left alone by a send", async () => {
  const { transport, of, last } = await makeWelcomed(LongPollTransport);
  transport.send(3, ["[3]"]);
  await quiet();
  await last("send").answer({ received: 3 });
  assert.equal(of("poll").length, 2);
  assert.equal(last("poll").aborted, false);
});

test("when there are too few connections it goes on without waiting", async () => {
  const { transport, of, last, told, clock, slots } = await makeWelcomed(LongPollTransport);
  transport.send(3, ["[3]"]);
  await quiet();
  clock.advance(3);
  await quiet();
  // The connection that is free now is for the send.
  assert.equal(of("poll").length, 2);
  await last("send").answer({ received: 3 });
  assert.deepEqual([of("poll").length, last("poll").body.wait], [3, false]);
  await last("poll").answer({ received: 3, first: 6, messages: [["a"]] });
  assert.deepEqual(told.at(-1), ["messages", ['["a"]'], 6]);
  slots.crowds = 0;
  clock.advance(1);
  await quiet();
  assert.equal("wait" in last("poll").body, false);
});

test("where tabs cannot share, polls are to be answered soon", async () => {
  const { environment, last } = makeEnvironment();
  environment.slots.holdFor = 4;
  new LongPollTransport(BASE, { ...HELLO, heartbeat: 7 }, { received: () => 5 }, environment);
  await quiet();
  assert.equal(last("poll").body.heartbeat, 4);
});

test("what is held is less urgent than the rest", async () => {
  const { transport, last, of, clock } = await makeWelcomed(LongPollTransport);
  const urgency = (path) => last(path).options.priority;
  assert.deepEqual([of("poll")[0].options.priority, urgency("poll")], ["high", "low"]);
  transport.send(3, ["[3]"]);
  await quiet();
  assert.equal(urgency("send"), "high");
  clock.advance(3);
  await quiet();
  await last("send").answer({ received: 3 });
  assert.deepEqual([last("poll").body.wait, urgency("poll")], [false, "high"]);
});

test("a long-poll acknowledges with its next poll", async () => {
  const { transport, requests } = await makeWelcomed(LongPollTransport);
  const { length } = requests;
  transport.acknowledge(7);
  await quiet();
  assert.equal(requests.length, length);
});

for (const [name, fail, close] of [
  ["a network that fails", (request) => request.fail(), [1006, ""]],
  ["HTML", (request) => request.answer("<p>", 504), [1006, ""]],
  ["messages that are none", (request) => request.answer({ received: 2, first: 6, messages: 7 }), [1006, ""]],
  ["a close", (request) => request.answer({ close: [4000, "goodbye"] }), [4000, "goodbye"]],
]) {
  test(`${name} in answer to a poll is the end`, async () => {
    const { last, of, told, clock } = await makeWelcomed(LongPollTransport);
    await fail(last("poll"));
    await quiet();
    clock.advance(60);
    await quiet();
    assert.deepEqual(closes(told), [["closed", ...close]]);
    assert.equal(of("poll").length, 2);
  });
}

test("a poll that waits has no time of its own", async () => {
  const { last, told, clock } = await makeWelcomed(LongPollTransport);
  clock.advance(1000);
  await quiet();
  assert.equal(last("poll").aborted, false);
  assert.deepEqual(told, []);
});

test("closed while it pauses, it does not ask again", async () => {
  const { transport, last, requests, clock, slots } = await makeWelcomed(LongPollTransport, { free: 0 });
  await last("poll").answer({ received: 2 });
  transport.close();
  const { length } = requests;
  clock.advance(10);
  await quiet();
  assert.equal(requests.length, length);
  assert.equal(slots.asked, 1);
});

// Event stream

test("without a slot there is no stream", async () => {
  const { requests, told } = await make(EventStreamTransport, { free: 0 });
  assert.deepEqual(told, [["closed", 1006, ""]]);
  assert.deepEqual(requests, []);
});

const FIRST = { ...WELCOME, first: 6 };
const EVENTS = [FIRST, '["a","€😀"]', '["b"]', { received: 4 }, "[[]]"].map(sse).join("");

/** The arguments of what was told under this name. */
const toldOf = (told, name) => told.filter(([each]) => each === name).map(([, ...args]) => args);

test("a stream may be cut into chunks anywhere", async () => {
  const content = bytes(EVENTS);
  for (let cut = 0; cut <= content.length; cut++) {
    const { last, told } = await make(EventStreamTransport);
    await last("stream").begin();
    await last("stream").chunk(content.slice(0, cut));
    await last("stream").chunk(content.slice(cut));
    assert.deepEqual(told[0], ["welcome", FIRST], `cut at ${cut}`);
    const messages = toldOf(told, "messages");
    assert.deepEqual(messages.flatMap(([texts]) => texts), ['["a","€😀"]', '["b"]', "[[]]"]);
    assert.ok(messages.every(([, first]) => first === null));
    assert.deepEqual(toldOf(told, "acknowledged"), [[4]]);
    assert.equal(told.length, 2 + messages.length);
  }
});

test("a stream may come byte by byte", async () => {
  const { last, told } = await make(EventStreamTransport);
  await last("stream").begin();
  for (const byte of bytes(EVENTS)) {
    await last("stream").chunk(Uint8Array.of(byte));
  }
  assert.deepEqual(told, [
    ["welcome", FIRST],
    ["messages", ['["a","€😀"]'], null],
    ["messages", ['["b"]'], null],
    ["acknowledged", 4],
    ["messages", ["[[]]"], null],
  ]);
});

test("the messages of a chunk are told together, and the close after them", async () => {
  const { last, told } = await makeWelcomed(EventStreamTransport);
  await last("stream").chunk(sse(["a"]) + sse(["b"]) + sse({ close: [4000, "goodbye"] }));
  assert.deepEqual(told, [["messages", ['["a"]', '["b"]'], null], ["closed", 4000, "goodbye"]]);
});

test("large events come through, in many chunks", async () => {
  const { last, told } = await makeWelcomed(EventStreamTransport);
  const large = JSON.stringify(["x".repeat(65536 - 4)]);
  const content = bytes(sse(large) + sse(["€".repeat(8192)]));
  for (let start = 0; start < content.length; start += 1400) {
    await last("stream").chunk(content.slice(start, start + 1400));
  }
  assert.deepEqual(told, [["messages", [large], null], ["messages", [JSON.stringify(["€".repeat(8192)])], null]]);
});

test("an event without end is the end", async () => {
  const { last, told } = await makeWelcomed(EventStreamTransport);
  await last("stream").chunk('data: ["'.padEnd(65536 + 1024, "x"));
  assert.deepEqual(told, []);
  await last("stream").chunk("x");
  assert.deepEqual(told, [["closed", 1006, ""]]);
  assert.equal(last("stream").aborted, true);
});

for (const first of [0, undefined]) {
  test(`a stream that begins with message ${first} is the end`, async () => {
    const { last, told } = await make(EventStreamTransport);
    await last("stream").answer(sse({ ...WELCOME, first }) + sse(["a"]));
    assert.deepEqual(told, [["closed", 1006, ""]]);
  });
}

test("a stream whose welcome does not say how long a message may be is the end", async () => {
  const { last, told } = await make(EventStreamTransport);
  await last("stream").answer(sse({ ...WELCOME, first: 6, limits: undefined }) + sse(["a"]));
  assert.deepEqual(told, [["closed", 1006, ""]]);
});

test("an answer that is no stream is the end", async () => {
  const { last, told } = await make(EventStreamTransport);
  await last("stream").answer({ received: 2 });
  assert.deepEqual(told, [["closed", 1006, ""]]);
});

test("a message before the welcome is the end", async () => {
  const { last, told } = await make(EventStreamTransport);
  await last("stream").answer(sse(["a"]));
  assert.deepEqual(told, [["closed", 1006, ""]]);
});

for (const event of [{ received: "x" }, {}, "null", "{oh", ""]) {
  test(`the event ${JSON.stringify(event)} is the end`, async () => {
    const { last, told, slots } = await makeWelcomed(EventStreamTransport);
    await last("stream").chunk(sse(event));
    assert.deepEqual(told, [["closed", 1006, ""]]);
    assert.deepEqual([last("stream").aborted, slots.free], [true, 1]);
  });
}

for (const how of ["end", "cut"]) {
  test(`a stream whose body has come to its ${how} is lost`, async () => {
    const { last, told, slots } = await makeWelcomed(EventStreamTransport);
    await last("stream").chunk("data: [");
    await last("stream")[how]();
    assert.deepEqual(told, [["closed", 1006, ""]]);
    assert.equal(slots.free, 1);
  });
}

test("a stream acknowledges by a send without messages", async () => {
  const { transport, of, state } = await makeWelcomed(EventStreamTransport);
  state.received = 7;
  transport.acknowledge(7);
  transport.acknowledge(7);
  await quiet();
  await of("send")[0].answer({ received: 2 });
  assert.deepEqual(of("send").map(({ text }) => text), ['{"claim":"c","connection":3,"received":7}']);
});

test("an acknowledgement does not change the count of messages that wait", async () => {
  const { transport, of, state } = await makeWelcomed(EventStreamTransport);
  transport.acknowledge(6);
  await quiet();
  transport.send(3, ["[3]", "[4]"]);
  transport.acknowledge(8);
  state.received = 8;
  await of("send")[0].answer({ received: 2 });
  assert.deepEqual([of("send")[1].body.first, of("send")[1].body.messages], [3, [[3], [4]]]);
});

test("an acknowledgement goes with messages that wait", async () => {
  const { transport, of, state } = await makeWelcomed(EventStreamTransport);
  transport.acknowledge(6);
  await quiet();
  transport.send(3, ["[3]"]);
  transport.acknowledge(8);
  transport.send(4, ["[4]"]);
  state.received = 8;
  await of("send")[0].answer({ received: 2 });
  assert.deepEqual(of("send")[1].body, { claim: "c", connection: 3, received: 8, first: 3, messages: [[3], [4]] });
  await of("send")[1].answer({ received: 4 });
  assert.equal(of("send").length, 2);
});

// Probes, and leaving

test("a stream is clear if its first event comes at once", async () => {
  const { environment, last } = makeEnvironment();
  const clear = probe(BASE, HELLO, environment);
  assert.deepEqual(last("stream").body, { claim: "c", connection: 3, received: 5, probe: true });
  await last("stream").begin();
  await last("stream").chunk(sse("{}"));
  assert.equal(await clear, true);
  assert.equal(last("stream").aborted, true);
  assert.equal(environment.clock.running, 0);
});

test("a stream whose first event takes 2 seconds is not clear", async () => {
  const { environment, last } = makeEnvironment();
  const clear = probe(BASE, HELLO, environment);
  await last("stream").begin();
  environment.clock.advance(1.9);
  assert.equal(last("stream").aborted, false);
  environment.clock.advance(0.1);
  assert.equal(await clear, false);
});

for (const [name, answer] of [
  ["fails", (request) => request.fail()],
  ["is closed", (request) => request.answer({ close: [4404, ""] })],
  ["is HTML", (request) => request.answer("<h1>Sign in</h1>\n\n<p>")],
  ["is empty", (request) => request.answer("")],
  ["begins with another event", (request) => request.answer(sse({ received: 0 }))],
]) {
  test(`a stream that ${name} is not clear`, async () => {
    const { environment, last } = makeEnvironment();
    const clear = probe(BASE, HELLO, environment);
    await answer(last("stream"));
    assert.equal(await clear, false);
  });
}

test("leaving is a request that outlives the page, with what is not acknowledged", () => {
  const { environment, last } = makeEnvironment();
  leave(BASE, { ...HELLO, heartbeat: 7 }, 3, ["[3]", "[4]"], environment);
  const { options, text } = last("send");
  assert.equal(options.keepalive, true);
  assert.equal(options.signal, undefined);
  assert.equal(text, '{"claim":"c","connection":3,"received":5,"leave":true,"first":3,"messages":[[3],[4]]}');
});

test("leaving without messages says only that", async () => {
  const { environment, last } = makeEnvironment();
  leave(BASE, HELLO, 1, [], environment);
  assert.equal(last("send").text, '{"claim":"c","connection":3,"received":5,"leave":true}');
  // Nobody is there to hear of it.
  last("send").fail();
  await quiet();
});
