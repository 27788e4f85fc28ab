import { Widget } from "livewidget";

export class DebuggingWidget extends Widget {
  async doCrash() {
    await this.callRemote("crash");
  }

  doCrashOnly() {
    this.callRemoteOnly("crash");
  }

  async doRefuse() {
    await this.callRemote("refuse");
  }

  async doCatch() {
    const { type, message, remoteStack } = await this.callRemote("refuse").catch((error) => error);
    this.say([type, message, remoteStack]);
  }

  doStumble() {
    this.stumble(undefined);
  }

  doReject() {
    Promise.reject(new RangeError("nobody waits"));
  }

  async doAsk() {
    this.say(await this.callRemote("ask"));
  }

  async doForget() {
    this.say(await this.callRemote("askAndForget"));
  }

  hear(thing) {
    return this.stumble(thing.part);
  }

  stumble(thing) {
    return thing.name;
  }

  say(what) {
    this.nodeByAttribute("name", "said").textContent = JSON.stringify(what);
  }
}
