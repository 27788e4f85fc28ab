import { Widget } from "livewidget";

export class CountingWidget extends Widget {
  got = [];
  answers = [];

  loaded() {
    globalThis.widget = this;
    this.countNode = this.nodeByAttribute("name", "count");
    this.answeredNode = this.nodeByAttribute("name", "answered");
  }

  count(number) {
    this.got.push(number);
    this.countNode.textContent = String(this.got.length);
    return number;
  }

  // Both sides send this many numbers at the same time, one every few milliseconds.
  exchange(number) {
    this.callRemoteOnly("send", number);
    this.send(0, number);
  }

  send(first, number) {
    let next = first;
    const timer = setInterval(() => {
      this.sendOne(next++);
      if (next === first + number) {
        clearInterval(timer);
      }
    }, 5);
  }

  async sendOne(number) {
    this.answers.push(await this.callRemote("count", number));
    this.answeredNode.textContent = String(this.answers.length);
  }
}
