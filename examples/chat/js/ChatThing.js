import { RemoteError, Widget } from "livewidget";

export class ChatterWidget extends Widget {
  loaded() {
    this.chooseBox = this.nodeByAttribute("name", "chooseBox");
    this.username = this.nodeByAttribute("name", "username");
    this.nameError = this.nodeByAttribute("name", "nameError");
    this.loggedInAs = this.nodeByAttribute("name", "loggedInAs");
    this.chatBox = this.nodeByAttribute("name", "chatBox");
    this.scrollArea = this.nodeByAttribute("name", "scrollArea");
    this.userMessage = this.nodeByAttribute("name", "userMessage");
    this.sayError = this.nodeByAttribute("name", "sayError");
  }

  async doSetUsername() {
    await this.attempt(this.username, this.nameError, async () => {
      const username = await this.callRemote("setUsername", this.username.value);
      this.chooseBox.hidden = true;
      this.chatBox.hidden = false;
      this.loggedInAs.append(username);
      this.loggedInAs.hidden = false;
      this.userMessage.focus();
    });
  }

  async doSay() {
    const message = this.userMessage.value;
    this.userMessage.value = "";
    const said = await this.attempt(this.userMessage, this.sayError, async () => {
      await this.callRemote("say", message);
    });
    if (!said) {
      this.userMessage.value ||= message;
    }
  }

  displayMessage(message) {
    this.addLine("notice", message);
  }

  displayUserMessage(username, text) {
    const name = document.createElement("strong");
    name.textContent = `${username}: `;
    this.addLine("said", name, text);
  }

  // Call the server, and show an error message next to the field.
  async attempt(field, place, action) {
    place.textContent = "";
    field.removeAttribute("aria-invalid");
    try {
      await action();
      return true;
    } catch (error) {
      if (!(error instanceof RemoteError)) {
        throw error;
      }
      place.textContent = error.message;
      field.setAttribute("aria-invalid", "true");
      field.focus();
      return false;
    }
  }

  addLine(kind, ...content) {
    const area = this.scrollArea;
    // Do not scroll for a user who is reading further up.
    const atEnd = area.scrollHeight - area.scrollTop - area.clientHeight < 40;
    const line = document.createElement("p");
    line.className = kind;
    line.append(...content);
    area.append(line);
    if (atEnd) {
      area.scrollTop = area.scrollHeight;
    }
  }
}
