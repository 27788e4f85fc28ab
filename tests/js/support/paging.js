// A page without a network, with widgets that record what happens to them.

import { Page } from "../../../livewidget/js/page/page.js";
import { Widget } from "../../../livewidget/js/page/widget.js";
import { FakeStorage } from "./connecting.js";
import { FakeClock, FakeTransport, install, makeWindow, settled } from "./help.js";

const HTML = `
<div data-live-element="1">
  <p data-live-element="2"><b data-live-element="3"></b></p><p data-live-element="4"></p>
</div>`;

const LIMITS = { message: 200, messages: 8, bytes: 500 };

/** What happened to the widgets, in order. */
export const story = [];

class Teller extends Widget {
  constructor(node, ...args) {
    super(node, ...args);
    story.push(`made ${this.tag}`);
  }

  get tag() {
    return this.node.dataset.liveElement;
  }

  loaded() {
    story.push(`loaded ${this.tag}`);
    this.fails("loaded");
  }

  detached() {
    story.push(`detached ${this.tag}`);
    this.fails("detached");
  }

  /** The initial arguments say where to fail. */
  fails(where) {
    if (this.initialArguments.includes(where)) {
      throw new RangeError(where);
    }
  }

  add(a, b) {
    return a + b;
  }

  nothing() {}

  echo(value) {
    this.heard = value;
    return value;
  }

  async slow(text) {
    story.push(`${text} starts`);
    await null;
    story.push(`${text} ends`);
    return text;
  }

  waits() {
    return new Promise((resolve) => (this.resolve = resolve));
  }

  raises(error) {
    throw this.error ?? new RangeError(error);
  }

  gives() {
    return this.value;
  }

  field = () => {};

  get accessor() {
    throw new Error("asked");
  }
}

class Plain {}

class Later extends Teller {
  async loaded() {
    await null;
    super.loaded();
  }
}

const MODULES = { Tell: { Teller, Later, Plain }, "my.Other": { Teller }, livewidget: { Widget } };

/** What the imports of modules wait for, by name. */
export const slow = {};

/** What the loading of style sheets waits for. */
export const styles = { coming: undefined };

/** A loader that records its calls in `story`. */
function loader(document) {
  return {
    addModules: (modules) => story.push(["modules", modules]),
    loadStyle: async (url) => {
      story.push(["style", url]);
      await styles.coming;
    },
    parse: (html) => {
      const template = document.createElement("template");
      template.innerHTML = html;
      return template.content;
    },
  };
}

/** One widget, a Teller. */
export const ONE = [[1, null, "Tell", "Teller", []]];

/** A page in a fake browser. */
export async function make(t, elements = ONE, limits = LIMITS, debug = false) {
  story.length = 0;
  const window = await makeWindow(HTML);
  install(t, window, "CSS");
  const transports = [];
  const imported = [];
  const shown = [];
  const failures = [];
  const farewells = [];
  const clock = new FakeClock();
  const start = { page: "page-id", base: "_live/", elements, limits, transports: ["websocket"], debug };
  const page = new Page(start, {
    root: window.document,
    claim: "claim",
    clock,
    random: () => 0,
    loader: {
      importModule: async (module) => {
        imported.push(module);
        await slow[module];
        if (!(module in MODULES)) {
          throw new TypeError(`no module ${module}`);
        }
        return MODULES[module];
      },
      ...loader(window.document),
    },
    network: {
      open: (kind, hello, events) => {
        transports.push(new FakeTransport(hello, events, kind));
        return transports.at(-1);
      },
      leave: (...args) => farewells.push(args),
    },
    storage: new FakeStorage(),
    failed: (error, where, told = false) => {
      failures.push([error, where, told]);
      told || reportError(error);
    },
    show: (...args) => shown.push(args),
  });
  const node = (id) => window.document.querySelector(`[data-live-element="${id}"]`);
  const widget = (id) => Widget.get(node(id));
  return { page, clock, transports, imported, shown, failures, node, widget, farewells };
}

/** A page that is connected. `receive` delivers messages, `answers` returns what was sent. */
export async function makeConnected(t, ...options) {
  const all = await make(t, ...options);
  await all.page.start();
  const [transport] = all.transports;
  transport.welcome();
  const receive = async (...messages) => {
    const text = (message) => (typeof message === "string" ? message : JSON.stringify(message));
    transport.events.messages(messages.map(text), null);
    await settled();
  };
  const answers = () => transport.sent.map(([, text]) => JSON.parse(text));
  const end = (code = 4404, reason = "gone") => transport.events.closed(code, reason);
  return { ...all, transport, receive, answers, end };
}
