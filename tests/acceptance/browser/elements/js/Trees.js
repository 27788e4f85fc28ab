// @ts-check

import { Widget } from "livewidget";

/** What happened to all widgets, in order. @type {string[]} */
export const story = [];

export class NamedWidget extends Widget {
  loaded() {
    [this.name] = this.initialArguments;
    this.noted = [];
    story.push(`loaded ${this.name}`);
    story.push(...(this.node.isConnected ? [] : ["not in the page"]));
  }

  detached() {
    story.push(`detached ${this.name}`);
  }

  async clicked() {
    const [name] = await this.callRemote("echo", 1);
    this.node.setAttribute("title", name);
  }

  /** @param {number} value */
  note(value) {
    this.noted?.push(value);
  }

  notes() {
    return this.noted;
  }
}

export class TreesWidget extends NamedWidget {
  loaded() {
    super.loaded();
    Object.assign(window, { root: this, story, Widget });
  }

  /** @param {string} place @param {any} handle @param {any} [position] */
  async addItem(place, handle, position) {
    const widget = await this.addChildWidget(handle, this.nodeByAttribute("name", place), position);
    return widget.name;
  }

  /** @param {any} handle */
  async addPanel(handle) {
    const widget = await this.addChildWidget(handle, this.nodeByAttribute("name", "place"));
    return widget.colour;
  }

  /** @param {string} kind @param {string} name @param {string} place @param {any} [position] */
  async make(kind, name, place, position) {
    return this.addItem(place, await this.callRemote("make", kind, name), position);
  }
}
