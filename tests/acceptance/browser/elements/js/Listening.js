import { Widget } from "livewidget";

export class ListeningWidget extends Widget {
  got = [];

  loaded() {
    globalThis.widget ??= this;
    this.last = this.nodeByAttribute("name", "last");
  }

  hear(number) {
    this.got.push(number);
    this.last.textContent = String(number);
  }

  // Add another widget, some time after its element was made.
  async more() {
    const handle = await this.callRemote("more");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await this.addChildWidget(handle);
  }

  // The numbers that this widget and those below it have heard, and those that they should have.
  async report() {
    const below = await Promise.all(this.childWidgets.map((child) => child.report()));
    return [[this.got, await this.callRemote("report")], ...below.flat()];
  }
}
