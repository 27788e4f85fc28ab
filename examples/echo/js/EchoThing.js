import { Widget } from "livewidget";

export class EchoWidget extends Widget {
  loaded() {
    this.message = this.nodeByAttribute("name", "message");
    this.echo = this.nodeByAttribute("name", "echo");
  }

  async doSay() {
    const message = this.message.value;
    this.message.value = "";
    await this.callRemote("say", message);
  }

  addText(text) {
    const line = document.createElement("p");
    line.textContent = text;
    this.echo.append(line);
  }
}
