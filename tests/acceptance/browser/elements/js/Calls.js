import { LiveError, Widget } from "livewidget";

class TooCold extends LiveError {}

export class CallsWidget extends Widget {
  shown = [];
  started = [];

  loaded() {
    globalThis.widget = this;
    this.events = this.nodeByAttribute("name", "events");
  }

  // The outcome of a call, as a value.
  async outcome(method, ...args) {
    try {
      return { result: await this.callRemote(method, ...args) };
    } catch ({ name, type, message, data, id, remoteStack }) {
      return { name, type, message, data, id, remoteStack };
    }
  }

  show(value) {
    this.shown.push(value);
    return value;
  }

  async later(value, milliseconds) {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return value;
  }

  async order(number, milliseconds) {
    this.started.push(number);
    const started = [...this.started];
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return started;
  }

  fail(message) {
    throw new TooCold(message, { degrees: -40 });
  }

  async crash() {
    throw new RangeError("out of range");
  }

  get accessor() {
    return () => "never";
  }

  async submitted() {
    this.events.append("submitted ");
    await this.callRemote("give", 1);
  }

  typed() {
    this.events.append("typed ");
  }
}
