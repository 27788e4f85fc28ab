import { Widget } from "livewidget";

export class SearchWidget extends Widget {
  question = 0;

  loaded() {
    this.field = this.nodeById("field");
    this.found = this.nodeById("found");
  }

  async doType() {
    const question = ++this.question;
    const text = this.field.value.trim();
    const names = text ? await this.callRemote("search", text) : [];
    // The answer to an older search may arrive after that to a newer one.
    if (question === this.question) {
      this.show(names);
      this.nodeById("note").textContent = text && !names.length ? "Nobody is called that." : "";
    }
  }

  doKey(event) {
    const options = [...this.found.children];
    const marked = options.findIndex((option) => option.matches("[aria-selected=true]"));
    const next = { ArrowDown: marked + 1, ArrowUp: Math.max(marked, 0) - 1 }[event.key];
    if (next !== undefined && options.length) {
      event.preventDefault();
      this.mark((next + options.length) % options.length);
    } else if (event.key === "Enter") {
      options[marked]?.click();
    }
  }

  doChoose(event) {
    this.question++;
    this.field.value = event.target.closest("[role]").textContent;
    this.field.focus();
    this.show([]);
  }

  show(names) {
    this.found.replaceChildren(...names.map(([before, match, after], index) => {
      const [option, mark] = ["li", "mark"].map((tag) => document.createElement(tag));
      mark.textContent = match;
      option.append(before, mark, after);
      option.id = `${this.found.id}-${index}`;
      option.setAttribute("role", "option");
      return option;
    }));
    this.field.setAttribute("aria-expanded", String(names.length > 0));
    this.mark(-1);
  }

  mark(index) {
    const options = [...this.found.children];
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
    this.field.setAttribute("aria-activedescendant", options[index]?.id ?? "");
  }
}
