// The network API of a browser without a network: `tell` reports each use, and `handle`
// plays an event of the network.

/** `fetch` and `WebSocket`. Each use has a number. */
export class FakeNetwork {
  #tell;
  #uses = [];

  /** @param {(...news: any[]) => void} tell */
  constructor(tell) {
    this.#tell = tell;
    const network = this;
    this.WebSocket = class extends FakeSocket {
      constructor(url) {
        super(network.#add(), tell);
        network.#uses.push(this);
        tell("socket", this.id, new URL(url).pathname);
      }
    };
  }

  fetch = (url, { body, signal, headers }) => {
    const request = new FakeRequest(this.#add(), signal, this.#tell);
    this.#uses.push(request);
    if (!signal?.aborted) {
      this.#tell("fetch", request.id, new URL(url).pathname, headers["Live-Page"], body);
    }
    return request.response;
  };

  /**
   * @param {number} id
   * @param {string} what a method of `FakeSocket` or `FakeRequest`
   */
  handle(id, what, ...args) {
    this.#uses[id][what](...args);
  }

  #add() {
    return this.#uses.length;
  }
}

/** A WebSocket. The methods from `opened` on are called by the network. */
class FakeSocket {
  readyState = 0;
  onopen = null;
  onmessage = null;
  onclose = null;

  constructor(id, tell) {
    this.id = id;
    this.tell = tell;
  }

  send(text) {
    if (this.readyState === 0) {
      throw new Error("a WebSocket that is not open yet was written to");
    }
    if (this.readyState === 1) {
      this.tell("text", this.id, text);
    }
  }

  close(code, reason) {
    if (this.readyState < 2) {
      this.readyState = 2;
      this.tell("close", this.id, code, reason);
    }
  }

  opened() {
    if (this.readyState === 0) {
      this.readyState = 1;
      this.onopen();
    }
  }

  received(data) {
    if (this.readyState === 1) {
      this.onmessage({ data });
    }
  }

  closing() {
    this.readyState = 2;
  }

  closed(code, reason) {
    if (this.readyState < 3) {
      this.readyState = 3;
      this.onclose({ code, reason });
    }
  }
}

/** A request and its answer. The methods are called by the network. */
class FakeRequest {
  #resolve;
  #reject;
  #body = null;
  #over = false;
  #signal;
  #abort;

  constructor(id, signal, tell) {
    this.id = id;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#abort = () => {
      tell("abort", id);
      this.#fail(signal.reason);
    };
    this.#signal = signal;
    if (signal?.aborted) {
      this.#abort();
    } else {
      signal?.addEventListener("abort", this.#abort);
    }
  }

  answered(status) {
    if (!this.#over) {
      const start = (controller) => {
        this.#body = controller;
      };
      this.#resolve(new Response(new ReadableStream({ start }), { status }));
    }
  }

  /** @param {string} data a character for each byte */
  received(data) {
    if (!this.#over) {
      this.#body.enqueue(Buffer.from(data, "latin1"));
    }
  }

  ended() {
    if (!this.#over) {
      this.#finish();
      this.#body.close();
    }
  }

  failed() {
    this.#fail(new TypeError("the network failed"));
  }

  #fail(error) {
    if (!this.#over) {
      this.#finish();
      this.#reject(error);
      this.#body?.error(error);
    }
  }

  #finish() {
    this.#over = true;
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}
