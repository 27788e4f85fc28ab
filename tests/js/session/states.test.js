// The connector's transitions, as its table, the documentation and its behaviour have them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { TRANSITIONS } from "../../../livewidget/js/session/states.js";
import { live, makeLesser, makeTrying, make, turn } from "../support/connecting.js";

const DOCS = new URL("../../../docs/", import.meta.url);
const PAGE = await readFile(new URL("reference/page-states.md", DOCS), "utf8");
/** The rows of the documented table: a state, an event and the next state. */
const ROWS = [...PAGE.matchAll(/^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|$/gm)].map(([, ...row]) => row);
const STATES = Object.keys(TRANSITIONS);
const ALL = STATES.flatMap((state) =>
  Object.entries(TRANSITIONS[state]).map(([event, next]) => `${state} ${event} ${next}`),
);

test("each state that a transition leads to is in the table", () => {
  const targets = STATES.flatMap((state) => Object.values(TRANSITIONS[state]));
  assert.deepEqual(targets.filter((state) => !STATES.includes(state)), []);
});

test("the documented table has exactly the transitions of the connector", () => {
  assert.deepEqual(ROWS.map((row) => row.join(" ")).sort(), [...ALL].sort());
});

test("each state and event is explained", () => {
  const events = new Set(STATES.flatMap((state) => Object.keys(TRANSITIONS[state])));
  for (const name of [...STATES, ...events]) {
    assert.match(PAGE, new RegExp(`^\\| \`${name}\` \\| [A-Z]`, "m"), name);
  }
});

test("the diagram has exactly the transitions of the connector", async () => {
  const text = await readFile(new URL("_static/connector.svg", DOCS), "utf8");
  const arrows = [...text.matchAll(/<title>(\w+) → (\w+): ([\w, ]+)<\/title>/g)];
  const drawn = arrows.flatMap(([, from, to, events]) =>
    (from === "any" ? STATES.filter((state) => state !== "over") : [from]).flatMap((state) =>
      events.split(", ").map((event) => `${state} ${event} ${to}`),
    ),
  );
  assert.deepEqual([...new Set(drawn)].sort(), [...ALL].sort());
});

test("an arrow of the diagram shows the events that it stands for", async () => {
  const text = await readFile(new URL("_static/connector.svg", DOCS), "utf8");
  const arrows = [...text.matchAll(/<title>\w+ → (\w+): ([\w, ]+)<\/title>.*?>([^<>]+)<\/text>/g)];
  assert.ok(arrows.length > STATES.length);
  for (const [, to, events, shown] of arrows) {
    assert.ok([events, `${events} → ${to}`].includes(shown), shown);
  }
});

/** Connectors in each state; `link` is the connection in use, or the attempt at one. */
const REACH = {
  waiting: async () => make(),
  trying: async () => {
    const all = make();
    all.connector.start();
    return { ...all, link: all.last() };
  },
  inUse: async () => {
    const all = makeLesser();
    return { ...all, link: all.last() };
  },
  upgrading: async () => {
    const all = await makeTrying();
    return { ...all, link: all.poll };
  },
  replaced: async () => {
    const all = await makeTrying();
    all.poll.events.closed(4409, "taken over");
    return all;
  },
  over: async () => {
    const all = makeLesser();
    all.connector.stop(4429, "no room");
    return all;
  },
};

/** A connection in use after a candidate has failed. */
async function reachFailed() {
  const all = await makeTrying();
  all.candidate.events.closed(1006, "");
  return { ...all, link: all.poll };
}

/** What causes each event. */
const CAUSE = {
  attempt: ({ connector, clock }) => {
    connector.reconnect();
    clock.advance(1);
  },
  welcome: ({ last }) => last().welcome(),
  open: async (all) => {
    live(all, all.link, 60);
    all.probes[0][1](true);
    await turn();
  },
  failed: ({ candidate }) => candidate.events.closed(1006, ""),
  replaced: ({ link }) => link.events.closed(4409, "taken over"),
  lost: ({ link }) => link.events.closed(1006, ""),
  ended: ({ link }) => link.events.closed(4404, "gone"),
  leave: ({ connector }) => connector.leave(),
  stop: ({ connector }) => connector.stop(4429, "no room"),
};

for (const [state, event, next] of ROWS) {
  test(`in the state ${state}, the event ${event} leads to ${next}`, async () => {
    const all = await (state === "inUse" && event === "replaced" ? reachFailed() : REACH[state]());
    assert.equal(all.connector.state, state);
    await CAUSE[event](all);
    assert.equal(all.connector.state, next);
  });
}

for (const event of ["attempt", "leave", "stop"]) {
  test(`in the state over, the event ${event} changes nothing`, async () => {
    const all = await REACH.over();
    const { length } = all.transports;
    await CAUSE[event](all);
    assert.equal(all.connector.state, "over");
    assert.equal(all.transports.length, length);
    assert.deepEqual(all.told, []);
  });
}
