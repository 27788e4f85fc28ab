// A connector without a network.

import { Chooser } from "../../../livewidget/js/session/chooser.js";
import { Connector } from "../../../livewidget/js/session/connector.js";
import { Delivery } from "../../../livewidget/js/wire/delivery.js";
import { FakeClock, FakeTransport } from "./help.js";

/** The transports, the best one first. */
export const ALL = ["websocket", "eventstream", "longpoll"];
const LIMITS = { message: 64, messages: 80, bytes: 2560 };

export class FakeStorage {
  #items = new Map();

  getItem = (key) => this.#items.get(key) ?? null;

  setItem = (key, value) => {
    this.#items.set(key, value);
  };

  removeItem = (key) => {
    this.#items.delete(key);
  };
}

/** Return a connector and its surroundings. `told` has the events that the page received. */
export function make({ random = 0.5, message, transports: offered = ["websocket"], storage, limits = LIMITS } = {}) {
  const clock = new FakeClock();
  const delivery = new Delivery(limits);
  const transports = [];
  const told = [];
  const farewells = [];
  const probes = [];
  const tell = (name) => (...args) => told.push([name, ...args]);
  const connector = new Connector({
    delivery,
    clock,
    random: () => random,
    identity: {},
    chooser: new Chooser(offered, storage ?? new FakeStorage()),
    network: {
      open: (kind, hello, events) => {
        const transport = new FakeTransport(hello, events, kind);
        transports.push(transport);
        return transport;
      },
      probe: (kind, hello) => new Promise((resolve) => probes.push([kind, resolve, hello])),
      leave: (...args) => farewells.push(args),
    },
    events: {
      message: message ?? tell("message"),
      state: tell("state"),
      ended: tell("ended"),
    },
  });
  const last = () => transports.at(-1);
  return { clock, delivery, transports, told, connector, last, farewells, probes };
}

/** Return a connected one. */
export function makeConnected(options) {
  const all = make(options);
  all.connector.start();
  all.last().welcome();
  all.told.length = 0;
  return all;
}

/** A connector that uses long-poll after the better transports have failed. */
export function makeLesser() {
  const all = make({ transports: ALL });
  all.connector.start();
  for (const _ of [1, 2]) {
    all.last().events.closed(1006, "");
    all.clock.advance(0);
  }
  all.last().welcome();
  all.told.length = 0;
  return all;
}

/** Let time pass on a connection that receives something every 20 seconds. */
export function live({ clock }, transport, seconds) {
  for (let rest = seconds; rest > 0; rest -= 20) {
    transport.events.messages([], null);
    clock.advance(Math.min(20, rest));
  }
}

/** Let promises settle. */
export const turn = () => new Promise(setImmediate);

/** A connector that uses long-poll and tries a WebSocket beside it. */
export async function makeTrying() {
  const all = makeLesser();
  const poll = all.last();
  live(all, poll, 60);
  all.probes[0][1](true);
  await turn();
  return { ...all, poll, candidate: all.last() };
}
