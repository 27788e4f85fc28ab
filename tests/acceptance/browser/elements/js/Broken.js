import { Widget } from "livewidget";

export class BrokenWidget extends Widget {
  loaded() {
    const broken = = 5;
  }
}
