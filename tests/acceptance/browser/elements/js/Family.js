import { Widget } from "livewidget";

const order = (globalThis.loadedOrder = []);

export class ParentWidget extends Widget {
  loaded() {
    order.push("parent");
    globalThis.widget = this;
  }

  greet(text) {
    this.nodeByAttribute("name", "greeting").textContent = text;
  }
}

export class ChildWidget extends Widget {
  constructor(node, name, ...rest) {
    super(node, name, ...rest);
    this.name = name;
    this.rest = rest;
  }

  loaded() {
    order.push(this.name);
    this.count = this.nodeByAttribute("name", "count");
    this.button = this.nodeById("button");
  }

  async clicked() {
    await this.callRemote("click");
  }

  show(text) {
    this.count.textContent = text;
  }
}
