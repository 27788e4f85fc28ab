import { Widget } from "livewidget";

export class ClockWidget extends Widget {
  loaded() {
    this.time = this.nodeByAttribute("name", "time");
  }

  show(time) {
    this.time.textContent = time;
  }
}
