import assert from "node:assert/strict";
import { test } from "node:test";

import { ALL } from "../support/connecting.js";
import { FakeClock } from "../support/help.js";
import { Server, Tab, seeded } from "../support/restarting.js";

const TABS = 200;
/** The longest pause between two attempts and a little more, in seconds: all tabs have returned. */
const BACK = 5.1;
/** The largest allowed share of arrivals within a tenth of a second. */
const SHARE = 0.1;

/** The largest share of the times within a tenth of a second. */
function densest(times) {
  const within = (begin) => times.filter((time) => time >= begin && time < begin + 0.1).length;
  return Math.max(...times.map(within)) / times.length;
}

/** A server with connected tabs. */
function open({ random, transports = ["websocket"] }) {
  const clock = new FakeClock();
  const server = new Server(clock);
  for (let number = 0; number < TABS; number++) {
    new Tab(server, clock, random, transports);
  }
  clock.advance(20);
  assert.equal(server.connected, TABS);
  return { clock, server };
}

/** Stop the server for a while, start it, and give the tabs time to return. */
function restart({ clock, server }, { code = 1006, away = 3, back = BACK } = {}) {
  server.stop(code);
  clock.advance(away);
  server.start();
  clock.advance(back);
  assert.equal(server.connected, TABS);
  return [densest(server.gets), densest(server.hellos)];
}

for (const [how, transports, code] of [
  ["closes its WebSockets", ["websocket"], 1001],
  ["is cut off", ["websocket"], 1006],
  ["is cut off, and offers each transport", ALL, 1006],
]) {
  test(`200 tabs return spread over 5 seconds after a server that ${how}`, () => {
    for (const seed of [1, 2, 3]) {
      const shares = restart(open({ random: seeded(seed), transports }), { code });
      assert.ok(Math.max(...shares) <= SHARE, `${shares} of the pages and the hellos`);
    }
  });
}

test("200 tabs return spread over 5 seconds after a minute without a server", () => {
  const shares = restart(open({ random: seeded(4) }), { away: 60 });
  assert.ok(Math.max(...shares) <= SHARE, `${shares}`);
});

test("after a second restart, delayed reloads are spread", () => {
  const tabs = open({ random: seeded(5) });
  restart(tabs);
  const shares = restart(tabs, { back: 60 + BACK });
  assert.ok(Math.max(...shares) <= SHARE, `${shares}`);
});

test("without randomness, all tabs would return at the same time", () => {
  for (const constant of [0, 1]) {
    const [pages] = restart(open({ random: () => constant }));
    assert.equal(pages, 1);
  }
});
