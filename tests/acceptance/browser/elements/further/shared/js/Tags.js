import { Widget } from "livewidget";

/** @param {string} text */
export const shout = (text) => text.toUpperCase();

export class TagWidget extends Widget {
  loaded() {
    this.node.textContent = shout("tag");
  }
}
