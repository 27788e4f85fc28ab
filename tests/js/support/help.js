// Replacements for the browser: a manual clock, a WebSocket and a transport that only
// record, and a window without a network.

/** A clock that stands still until `advance` is called. */
export class FakeClock {
  time = 1000;
  #timers = new Map();
  #lastId = 0;

  now = () => this.time;

  setTimer = (callback, seconds) => {
    this.#timers.set(++this.#lastId, { at: this.time + seconds, callback });
    return this.#lastId;
  };

  clearTimer = (timer) => {
    this.#timers.delete(timer);
  };

  /** How many timers run. */
  get running() {
    return this.#timers.size;
  }

  /** When the next timer fires. */
  get next() {
    return Math.min(...[...this.#timers.values()].map(({ at }) => at));
  }

  /** Let time pass. Each timer fires at its own time. */
  advance(seconds) {
    const end = this.time + seconds;
    while (this.next <= end) {
      const [id, { at, callback }] = [...this.#timers].reduce((a, b) => (b[1].at < a[1].at ? b : a));
      this.#timers.delete(id);
      this.time = Math.max(this.time, at);
      callback();
    }
    this.time = end;
  }
}

/** A transport that records what is sent. `events` has its callbacks. */
export class FakeTransport {
  sent = [];
  acknowledgements = [];
  closed = null;

  constructor({ heartbeat, ...hello }, events, kind = "websocket") {
    this.hello = hello;
    this.heartbeat = heartbeat;
    this.events = events;
    this.kind = kind;
  }

  send(first, messages) {
    this.sent.push(...messages.map((text, index) => [first + index, text]));
  }

  acknowledge(received) {
    this.acknowledgements.push(received);
  }

  close(code, reason) {
    this.closed = [code, reason];
  }

  /** The server's answer to the hello. */
  welcome(received = 0, { first = this.hello.received + 1, heartbeat = 25, timeout = 20 } = {}) {
    this.events.welcome({ received, first, heartbeat, timeout });
  }
}

/** Return a class of WebSockets, and the list of its instances. */
export function fakeSockets() {
  const made = [];
  class FakeSocket {
    readyState = 1;
    onopen = null;
    onmessage = null;
    onclose = null;
    sent = [];
    closed = null;

    constructor(url, protocol) {
      this.url = String(url);
      this.protocol = protocol;
      made.push(this);
    }

    send(text) {
      this.sent.push(text);
    }

    close(code, reason) {
      // As browsers do: RFC 6455 leaves 123 bytes for the reason.
      if (new TextEncoder().encode(reason).length > 123) {
        throw new SyntaxError("the close reason is too long");
      }
      this.closed = [code, reason];
    }
  }
  return { FakeSocket, made };
}

/** Return a window without a network, with this body. */
export async function makeWindow(html = "") {
  const { Window } = await import("happy-dom");
  const window = new Window({ url: "http://localhost/" });
  // As in Firefox before version 119: ARIA attributes have no properties.
  delete window.Element.prototype.role;
  window.document.body.innerHTML = html;
  return window;
}

/** Make names of a window global until the end of the test. */
export function install(t, window, ...names) {
  for (const name of names) {
    setGlobal(t, name, window[name]);
  }
}

/** Make a value global until the end of the test. */
export function setGlobal(t, name, value) {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  t.after(() => {
    if (before === undefined) {
      delete globalThis[name];
    } else {
      Object.defineProperty(globalThis, name, before);
    }
  });
}

/** Catch application errors that would be reported in the console. */
export function catchReported(t) {
  const reported = [];
  setGlobal(t, "reportError", (error) => reported.push(error));
  return reported;
}

/** Catch unhandled rejections. */
export function catchUnhandled(t) {
  const unhandled = [];
  // The listeners of the test runner would fail the test.
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (error) => unhandled.push(error));
  t.after(() => {
    process.removeAllListeners("unhandledRejection");
    others.forEach((listener) => process.on("unhandledRejection", listener));
  });
  return unhandled;
}

/** Wait until all promises have settled that can. */
export const settled = () => new Promise(setImmediate);
