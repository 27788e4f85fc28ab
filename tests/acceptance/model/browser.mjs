// The browser's process. Each input line is `{"now": …, "do": [[name, …], …]}`. The answer is a
// line with the events and the time of the next timer, sent once all promises have settled.

import readline from "node:readline";
import { settled } from "../../js/support/help.js";
import { Tab } from "./tab.js";

let news = [];
/** @type {Tab} */
let tab;

const COMMANDS = {
  tab: (...args) => {
    // The news of the previous tab is dropped.
    const mine = (news = []);
    tab = new Tab((...item) => mine.push(item), ...args);
  },
  load: (start) => tab.load(start),
  call: (...args) => tab.call(...args),
  release: () => tab.release(),
  window: (name) => tab.window(name),
  crowd: (crowded) => tab.crowd(crowded),
  network: (...args) => tab.network.handle(...args),
};

const failed = (error) => news.push(["error", String(error?.stack ?? error)]);
globalThis.reportError = failed;
process.on("unhandledRejection", failed);
process.on("uncaughtException", failed);

async function run(name, args) {
  try {
    COMMANDS[name](...args);
  } catch (error) {
    failed(error);
  }
  await settled();
}

async function passTime(now) {
  const { clock } = tab;
  while (clock.next <= now) {
    clock.advance(Math.max(0, clock.next - clock.time));
    await settled();
  }
  clock.time = Math.max(clock.time, now);
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { now, do: commands } = JSON.parse(line);
  if (tab) {
    await passTime(now);
  }
  for (const [name, ...args] of commands) {
    await run(name, args);
  }
  const timer = tab.clock.running ? tab.clock.next : null;
  process.stdout.write(`${JSON.stringify({ news: news.splice(0), timer })}\n`);
}
