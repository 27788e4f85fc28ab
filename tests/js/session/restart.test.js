import assert from "node:assert/strict";
import { test } from "node:test";

import { ALL } from "../support/connecting.js";
import { FakeClock } from "../support/help.js";
import { Server, Tab, seeded } from "../support/restarting.js";

const TABS = 200;
/** The longest wait between two tries, and a moment: so many seconds after the server all are back. */
const BACK = 5.1;
/** At most this share of all that comes does so in one tenth of a second. */
const SHARE = 0.1;

/** The largest share of these times that falls into a tenth of a second. */
function densest(times) {
  const within = (begin) => times.filter((time) => time >= begin && time < begin + 0.1).length;
  return Math.max(...times.map(within)) / times.length;
}

/** Tabs that are well. */
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

/** The server is away for a while; then its tabs have the time to come back too. */
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
  test(`200 tabs are back within 5 seconds of a server that ${how}, and not all at once`, () => {
    for (const seed of [1, 2, 3]) {
      const shares = restart(open({ random: seeded(seed), transports }), { code });
      assert.ok(Math.max(...shares) <= SHARE, `${shares} of the pages and the hellos`);
    }
  });
}

test("so they are if it was away for a minute", () => {
  const shares = restart(open({ random: seeded(4) }), { away: 60 });
  assert.ok(Math.max(...shares) <= SHARE, `${shares}`);
});

test("when it ends again, so that they reload a minute after the last time, they do not do it at once", () => {
  const tabs = open({ random: seeded(5) });
  restart(tabs);
  const shares = restart(tabs, { back: 60 + BACK });
  assert.ok(Math.max(...shares) <= SHARE, `${shares}`);
});

test("without chance they would all come at once", () => {
  for (const constant of [0, 1]) {
    const [pages] = restart(open({ random: () => constant }));
    assert.equal(pages, 1);
  }
});
