import { Widget } from "livewidget";

const NOON = new Date("2026-11-21T14:00:00.250Z");

// A description of a value.
function described(value) {
  const name = value?.constructor?.name;
  if (value instanceof Date) {
    return `${name} ${value.toISOString()}`;
  }
  if (value instanceof Uint8Array || value instanceof Set || Array.isArray(value)) {
    return `${name} [${[...value].map(described).join(", ")}]`;
  }
  if (name === "Object") {
    const parts = Object.entries(value).map(([key, item]) => key + ": " + described(item));
    return `{${parts.join(", ")}}`;
  }
  return JSON.stringify(value);
}

const GIFTS = {
  date: NOON,
  bytes: Uint8Array.of(0, 104, 255),
  buffer: Uint8Array.of(104, 105).buffer,
  view: new DataView(Uint8Array.of(0, 104, 105, 0).buffer, 1, 2),
  set: new Set([NOON]),
};

export class ValuesWidget extends Widget {
  loaded() {
    globalThis.widget = this;
    globalThis.GIFTS = GIFTS;
    globalThis.described = described;
  }

  describe(value) {
    return described(value);
  }

  give(name) {
    return GIFTS[name];
  }

  async outcome(method, ...args) {
    return this.callRemote(method, ...args).then(described, ({ type, message, name }) => `${type ?? name}: ${message}`);
  }
}
