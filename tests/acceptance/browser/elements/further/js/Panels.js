import { Widget } from "livewidget";
import { shout } from "Tags";

export class PanelWidget extends Widget {
  loaded() {
    const text = this.nodeByAttribute("name", "text");
    text.textContent = shout(this.initialArguments[0]);
    // Style sheets are applied before widgets are loaded.
    this.colour = getComputedStyle(this.node).color;
  }
}
