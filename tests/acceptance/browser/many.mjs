// Many browsers in one process, with Node's WebSocket: node many.mjs URL NUMBER. Reads commands,
// one per line, and answers each once it is done: see COMMANDS.

import { createInterface } from "node:readline";

import { RELOADS } from "../../../livewidget/js/wire/codes.js";
import { Page } from "../../../livewidget/js/page/page.js";
import { reloadSoon } from "../../../livewidget/js/browser/reload.js";
import { systemClock } from "../../../livewidget/js/session/timer.js";
import { WebSocketTransport } from "../../../livewidget/js/transports/websocket.js";
import { Widget } from "../../../livewidget/js/page/widget.js";

const [url, number] = process.argv.slice(2);
const { origin } = new URL(url);

/** A WebSocket that sends an Origin, as browsers do. */
class BrowserSocket extends WebSocket {
  constructor(address, protocol) {
    super(address, { protocols: [protocol], headers: { origin } });
  }
}

/** A stub document. */
const node = { getAttribute: () => "1", matches: () => false, querySelectorAll: () => [] };
const root = { querySelectorAll: () => [node] };

/** A tab, which reloads its page where a browser would. */
class Tab {
  state = "";
  loads = 0;
  /** The outcomes of calls: results or failures. */
  outcomes = [];
  #widget;
  #items = new Map();
  #storage = {
    getItem: (key) => this.#items.get(key) ?? null,
    setItem: (key, value) => this.#items.set(key, value),
  };

  async load() {
    const html = await (await fetch(url)).text();
    this.loads += 1;
    const start = JSON.parse(/id="livewidget-start">(.*?)<\/script>/.exec(html)[1]);
    const base = new URL(start.base, url);
    const page = new Page(start, {
      root,
      claim: crypto.randomUUID(),
      clock: systemClock,
      random: Math.random,
      loader: { importModule: async () => ({ [start.elements[0][3]]: this.#widgetClass() }) },
      network: {
        open: (_, hello, events) => new WebSocketTransport(base, hello, events, { WebSocket: BrowserSocket }),
        probe: async () => false,
        leave: () => {},
      },
      storage: this.#storage,
      show: (state, code) => this.#show(state, code),
    });
    await page.start();
  }

  async call(method, args) {
    const outcome = this.#widget.callRemote(method, ...args).catch(({ name, code }) => `${name} ${code}`);
    this.outcomes.push(await outcome);
    changed();
  }

  #widgetClass() {
    const loaded = (widget) => (this.#widget = widget);
    return class extends Widget {
      loaded() {
        loaded(this);
      }
    };
  }

  #show(state, code) {
    this.state = state;
    changed();
    if (state === "gone" && RELOADS.includes(code)) {
      reloadSoon(this.#storage, systemClock, () => this.load());
    }
  }
}

const tabs = Array.from({ length: Number(number) }, () => new Tab());

/** Called at every change in a tab. */
let changed = () => {};

/** @param {() => boolean} holds */
async function until(holds) {
  while (!holds()) {
    await new Promise((resolve) => (changed = resolve));
  }
}

const COMMANDS = {
  /** Call a method in each tab. */
  call: (method, ...args) => tabs.forEach((tab) => tab.call(method, args)),

  /** Wait until all tabs are in a state and have loaded this many pages. */
  until: (state, loads) => until(() => tabs.every((tab) => tab.state === state && tab.loads === loads)),

  /** Wait until this many calls have ended. Answer how, and how often. */
  async outcomes(number) {
    const all = () => tabs.flatMap(({ outcomes }) => outcomes);
    await until(() => all().length >= number);
    const counts = new Map();
    all().forEach((outcome) => counts.set(outcome, (counts.get(outcome) ?? 0) + 1));
    tabs.forEach((tab) => (tab.outcomes = []));
    return Object.fromEntries(counts);
  },
};

await Promise.all(tabs.map((tab) => tab.load()));
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...args] = JSON.parse(line);
  console.log(JSON.stringify((await COMMANDS[command](...args)) ?? null));
}
process.exit();
