// Sending over HTTP, with both transports.

import assert from "node:assert/strict";
import { test } from "node:test";

import { leave } from "../../../livewidget/js/transports/http.js";
import { LongPollTransport } from "../../../livewidget/js/transports/longpoll.js";
import { BASE, bytes, closes, HELLO, make, makeEnvironment, makeWelcomed, quiet, sse, TRANSPORTS, WELCOME } from "../support/overhttp.js";

for (const Transport of TRANSPORTS) {
  const named = (name, body) => test(`${Transport.name}: ${name}`, body);

  named("a request has the page in a header and the hello in its body", async () => {
    const { requests } = await make(Transport, { hello: { ...HELLO, heartbeat: 7 } });
    assert.equal(requests.length, 1);
    const { options, body } = requests[0];
    assert.equal(options.method, "POST");
    assert.deepEqual(options.headers, { "Live-Page": "p", "Content-Type": "application/json" });
    const hello = Transport === LongPollTransport ? { hello: true } : {};
    assert.deepEqual(body, { claim: "c", connection: 3, received: 5, heartbeat: 7, ...hello });
  });

  named("no events occur before the constructor returns", () => {
    const { environment } = makeEnvironment();
    const events = new Proxy({}, { get: () => assert.fail("told immediately") });
    environment.slots.free = 0;
    new Transport(BASE, HELLO, events, environment).close();
  });

  named("a send has the unchanged messages and the count of the first", async () => {
    const { transport, of, state } = await makeWelcomed(Transport, { hello: { ...HELLO, heartbeat: 7 } });
    state.received = 6;
    transport.send(3, ['["a",  1.0]', '["b"]']);
    await quiet();
    const [{ text }] = of("send");
    assert.equal(text, '{"claim":"c","connection":3,"received":6,"first":3,"messages":[["a",  1.0],["b"]]}');
  });

  named("messages sent in one turn go together, in order", async () => {
    const { transport, of } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    transport.send(4, ["[4]", "[5]"]);
    await quiet();
    assert.equal(of("send").length, 1);
    assert.deepEqual([of("send")[0].body.first, of("send")[0].body.messages], [3, [[3], [4], [5]]]);
  });

  named("only one send is in flight, and later messages go with the next", async () => {
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

  named("messages sent during an event go out", async () => {
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

  named("after a pause, the count continues", async () => {
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
    named(`in a send: ${name}`, async () => {
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

  named("the first send of a connection has up to 1 KiB, and each later one twice as much", async () => {
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

  named("a request acknowledges the latest count", async () => {
    const { transport, of, state } = await makeWelcomed(Transport);
    transport.send(3, ["[3]"]);
    await quiet();
    transport.send(4, ["[4]"]);
    state.received = 9;
    await of("send")[0].answer({ received: 3 });
    assert.deepEqual(of("send").map(({ body }) => body.received), [5, 9]);
  });

  named("a server that has received nothing answers 0", async () => {
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

  named("a send that takes 3 seconds aborts the held request, and after 6 the connection is lost", async () => {
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
    // Not a sign of how long a silence may last.
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

  named("such a close waits for 3 seconds at most", async () => {
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

  named("a large send may take longer, a second per 4 KiB", async () => {
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

  named("a send answered in time does not report crowding", async () => {
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
}

test("leave sends unacknowledged messages in a keepalive request", () => {
  const { environment, last } = makeEnvironment();
  leave(BASE, { ...HELLO, heartbeat: 7 }, 3, ["[3]", "[4]"], environment);
  const { options, text } = last("send");
  assert.equal(options.keepalive, true);
  assert.equal(options.signal, undefined);
  assert.equal(text, '{"claim":"c","connection":3,"received":5,"leave":true,"first":3,"messages":[[3],[4]]}');
});

test("leave without messages sends only that", async () => {
  const { environment, last } = makeEnvironment();
  leave(BASE, HELLO, 1, [], environment);
  assert.equal(last("send").text, '{"claim":"c","connection":3,"received":5,"leave":true}');
  // A failure is ignored.
  last("send").fail();
  await quiet();
});
