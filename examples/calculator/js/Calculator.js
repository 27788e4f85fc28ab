import { RemoteError, Widget } from "livewidget";

// Keys of the keyboard that have other names here.
const OTHER_NAMES = { Enter: "=", Escape: "C", Delete: "C", c: "C", ",": "." };

export class CalculatorWidget extends Widget {
  loaded() {
    this.display = this.nodeByAttribute("name", "display");
    this.error = this.nodeByAttribute("name", "error");
  }

  // Keep the keyboard focus on the calculator when a button is clicked.
  keepFocus(event) {
    event.preventDefault();
  }

  async doPress(event) {
    await this.press(event.currentTarget.value);
  }

  async doKey(event) {
    const key = OTHER_NAMES[event.key] ?? event.key;
    const isShortcut = event.ctrlKey || event.altKey || event.metaKey;
    // On a button, Enter presses that button.
    const isClick = event.key === "Enter" && event.target.matches("button");
    if (!isShortcut && !isClick && this.nodesByAttribute("value", key).length === 1) {
      event.preventDefault();
      await this.press(key);
    }
  }

  async press(key) {
    try {
      this.display.textContent = await this.callRemote("press", key);
      this.error.textContent = "";
    } catch (error) {
      if (!(error instanceof RemoteError)) {
        throw error;
      }
      this.error.textContent = error.message;
    }
  }
}
