import assert from "node:assert/strict";
import { test } from "node:test";

import { restoreFields, saveFields } from "../../../livewidget/js/browser/fields.js";
import { makeWindow } from "../support/help.js";

const HTML = `
<form>
  <input name="text" value="default"><input name="number" type="number"><input name="date" type="date">
  <textarea name="area">default</textarea>
  <input name="box" type="checkbox" value="a"><input name="box" type="checkbox" value="b" checked>
  <input name="choice" type="radio" value="a" checked><input name="choice" type="radio" value="b">
  <select name="one"><option>a</option><option>b</option><option>c</option></select>
  <select name="selected"><option>a</option><option selected>b</option><option>c</option></select>
  <select name="many" multiple><option>a</option><option selected>b</option><option>c</option></select>
  <input name="readonly" value="of the server" readonly><input type="submit" value="Send">
</form>`;

const named = (document, name) => [...document.querySelectorAll(`[name="${name}"]`)];

class FakeStorage {
  items = new Map();
  getItem = (key) => this.items.get(key) ?? null;
  setItem = (key, value) => void this.items.set(key, value);
  removeItem = (key) => void this.items.delete(key);
}

async function makeDocument(html = HTML) {
  const window = await makeWindow(html);
  // As in a browser.
  reflect(window.HTMLOptionElement, "defaultSelected", (option) => option.hasAttribute("selected"));
  reflect(window.HTMLSelectElement, "autocomplete", (select) => select.getAttribute("autocomplete") ?? "");
  return window.document;
}

function reflect({ prototype }, name, get) {
  Object.defineProperty(prototype, name, {
    configurable: true,
    get() {
      return get(this);
    },
  });
}

/** Type and reload: return the new document. */
async function reload(type, { html = HTML, htmlAfter = html, before = () => {}, path = "/chat" } = {}) {
  const storage = new FakeStorage();
  const document = await makeDocument(html);
  type(document);
  saveFields(document, storage, "/chat");
  const fresh = await makeDocument(htmlAfter);
  before(fresh);
  restoreFields(fresh, storage, path);
  return { document: fresh, storage };
}

for (const [name, value] of [
  ["text", "typed €😀"],
  ["number", "42"],
  ["date", "2024-02-29"],
  ["area", "two\nlines"],
  ["one", "b"],
  ["one", "c"],
  ["selected", "a"],
  ["selected", "c"],
]) {
  test(`the value ${value} of the field ${name} is restored`, async () => {
    const { document } = await reload((document) => (named(document, name)[0].value = value));
    assert.equal(named(document, name)[0].value, value);
  });
}

test("an empty text is restored", async () => {
  const { document } = await reload((document) => (named(document, "text")[0].value = ""));
  assert.equal(named(document, "text")[0].value, "");
});

test("boxes are restored, each by its value", async () => {
  const { document } = await reload((document) => {
    const [a, b] = named(document, "box");
    [a.checked, b.checked] = [true, false];
    named(document, "choice")[1].checked = true;
  });
  assert.deepEqual(named(document, "box").map(({ checked }) => checked), [true, false]);
  assert.deepEqual(named(document, "choice").map(({ checked }) => checked), [false, true]);
});

test("boxes and options are identified by their values", async () => {
  const { document } = await reload(
    (document) => {
      named(document, "box")[0].checked = true;
      named(document, "choice")[1].checked = true;
      named(document, "one")[0].value = "c";
    },
    {
      htmlAfter: `<select name="one"><option>c</option><option>b</option><option selected>a</option></select>
        <input name="choice" type="radio" value="b"><input name="choice" type="radio" value="a" checked>
        <input name="box" type="checkbox" value="b" checked><input name="box" type="checkbox" value="a">`,
    },
  );
  assert.equal(named(document, "one")[0].value, "c");
  assert.deepEqual(named(document, "choice").map(({ checked }) => checked), [true, false]);
  assert.deepEqual(named(document, "box").map(({ checked }) => checked), [true, true]);
});

test("each option of a multiple select is restored", async () => {
  const { document } = await reload((document) => {
    for (const option of named(document, "many")[0].options) {
      option.selected = option.value !== "b";
    }
  });
  assert.deepEqual([...named(document, "many")[0].options].map(({ selected }) => selected), [true, false, true]);
});

test("unchanged fields are not saved, so that new defaults of the server show", async () => {
  const { document } = await reload(() => {}, {
    htmlAfter: HTML.replace('value="default"', 'value="new"')
      .replace(">default<", ">new<")
      .replace("<option selected>b", "<option>b")
      .replace("checked", ""),
  });
  assert.equal(named(document, "text")[0].value, "new");
  assert.equal(named(document, "area")[0].value, "new");
  assert.equal(named(document, "selected")[0].value, "a");
  assert.equal(named(document, "box")[1].checked, false);
});

test("typed text replaces a new default", async () => {
  const { document } = await reload((document) => (named(document, "text")[0].value = "typed"), {
    htmlAfter: HTML.replace('value="default"', 'value="new"'),
  });
  assert.equal(named(document, "text")[0].value, "typed");
});

test("a field that was already changed is not overwritten", async () => {
  const { document } = await reload(
    (document) => {
      named(document, "text")[0].value = "typed";
      named(document, "box")[0].checked = true;
      named(document, "area")[0].value = "typed";
    },
    { before: (document) => (named(document, "text")[0].value = "newer") },
  );
  assert.equal(named(document, "text")[0].value, "newer");
  assert.equal(named(document, "area")[0].value, "typed");
  assert.equal(named(document, "box")[0].checked, true);
});

const theOne = (document) => document.querySelector("input,select,textarea");

for (const [name, html] of [
  ["a password", '<input name="x" type="password">'],
  ["a password that is shown", '<input name="x" type="text" autocomplete="current-password">'],
  ["a new password", '<input name="x" autocomplete="section-a new-password">'],
  ["a password that is shown by a button", '<input name="x" id="user-password" type="text">'],
  ["one in another word for it", '<input name="user[passwd]">'],
  ["a code", '<input name="x" autocomplete="one-time-code">'],
  ["a card's number", '<input name="x" autocomplete="billing cc-number">'],
  ["a card's number in capitals", '<input name="x" autocomplete="CC-Number">'],
  ["a card's year", '<select name="x" autocomplete="cc-exp-year"><option>1</option><option>2</option></select>'],
]) {
  test(`${name} is not saved`, async () => {
    const { document, storage } = await reload((document) => (theOne(document).value = "2"), { html });
    assert.notEqual(theOne(document).value, "2");
    assert.equal(storage.items.size, 0);
  });
  test(`${name} is not restored`, async () => {
    const storage = new FakeStorage();
    const document = await makeDocument(html);
    theOne(document).value = "2";
    theOne(document).focus();
    saveFields(document, storage, "/chat");
    assert.deepEqual([...storage.items.values()], ["{}"]);
  });
}

for (const html of [
  '<textarea name="x" autocomplete="off"></textarea>',
  '<form autocomplete="off"><p><input name="x"></p></form>',
  '<input name="x" autocomplete="section-profile name">',
  '<input name="acc-holder">',
]) {
  test(`${html} is not a secret and is saved`, async () => {
    const { document } = await reload((document) => (theOne(document).value = "2"), { html });
    assert.equal(theOne(document).value, "2");
  });
}

test("files and hidden fields are not saved", async () => {
  const storage = new FakeStorage();
  const document = await makeDocument('<input type="file" name="f"><input type="hidden" name="h" value="token">');
  Object.defineProperty(named(document, "f")[0], "value", { value: "C:\\fakepath\\secret.txt" });
  named(document, "h")[0].value = "another token";
  saveFields(document, storage, "/chat");
  assert.deepEqual([...storage.items.values()], ["{}"]);
});

test("fields are found by name or id, even if they have moved", async () => {
  const html = '<input name="a"><textarea name="a"></textarea><input id="b">';
  const htmlAfter = `<input><p><input id="c"><input id="b"></p><textarea name="a"></textarea>
    <input name="c"><input name="a">`;
  const { document } = await reload(
    (document) => {
      document.querySelector("input").value = "one";
      document.querySelector("textarea").value = "two";
      document.querySelector("#b").value = "three";
    },
    { html, htmlAfter },
  );
  assert.equal(document.querySelector("input[name=a]").value, "one");
  assert.equal(document.querySelector("textarea").value, "two");
  assert.equal(document.querySelector("#b").value, "three");
  assert.equal(document.querySelector("[name=c]").value, "");
});

test("a field with a name and an id is found by its name", async () => {
  const { document } = await reload((document) => (document.querySelector("input").value = "typed"), {
    html: '<input name="a" id="made-1">',
    htmlAfter: '<input name="b" id="made-1"><input name="a" id="made-2">',
  });
  assert.deepEqual([...document.querySelectorAll("input")].map(({ value }) => value), ["", "typed"]);
});

test("the options of a datalist are not fields", async () => {
  const { document } = await reload((document) => (named(document, "x")[0].value = "typed"), {
    html: '<datalist id="all"><option>one</option></datalist><input name="x" list="all">',
  });
  assert.equal(named(document, "x")[0].value, "typed");
});

test("fields with the same name, or none, are distinguished by their order", async () => {
  const html = "<input><input name=a><input><input name=a>";
  const { document } = await reload(
    (document) => document.querySelectorAll("input").forEach((field, index) => index > 0 && (field.value = index)),
    { html },
  );
  assert.deepEqual([...document.querySelectorAll("input")].map(({ value }) => value), ["", "1", "2", "3"]);
});

test("a field that is missing or has another type is skipped", async () => {
  const { document } = await reload(
    (document) => document.querySelectorAll("input").forEach((field) => (field.value = "2")),
    { html: "<input name=a><input name=b><input name=c>", htmlAfter: "<input name=b type=range><input name=c>" },
  );
  assert.deepEqual([...document.querySelectorAll("input")].map(({ defaultValue }) => defaultValue), ["", ""]);
  assert.notEqual(named(document, "b")[0].value, "2");
  assert.equal(named(document, "c")[0].value, "2");
});

for (const name of ["text", "area", "one", "box"]) {
  test(`the field ${name} regains the focus, changed or not`, async () => {
    const { document } = await reload((document) => named(document, name)[0].focus());
    assert.equal(document.activeElement, named(document, name)[0]);
  });
}

test("without a focused field, nothing is focused", async () => {
  const { document } = await reload((document) => (named(document, "text")[0].value = "typed"));
  assert.equal(document.activeElement, document.body);
});

test("restoring dispatches no events", async () => {
  const { document } = await reload((document) => (named(document, "text")[0].value = "typed"), {
    before: (document) => {
      document.addEventListener("input", () => assert.fail("input"));
      document.addEventListener("change", () => assert.fail("change"));
    },
  });
  assert.equal(named(document, "text")[0].value, "typed");
});

test("values are restored only once", async () => {
  const { storage } = await reload((document) => (named(document, "text")[0].value = "typed"));
  assert.equal(storage.items.size, 0);
  const again = await makeDocument();
  restoreFields(again, storage, "/chat");
  assert.equal(named(again, "text")[0].value, "default");
});

test("values are restored on the same page only", async () => {
  const { document } = await reload((document) => (named(document, "text")[0].value = "typed"), { path: "/other" });
  assert.equal(named(document, "text")[0].value, "default");
});

test("forbidden or full storage is ignored", async () => {
  const forbidden = () => {
    throw new DOMException("no", "SecurityError");
  };
  const document = await makeDocument();
  saveFields(document, { setItem: forbidden }, "/chat");
  restoreFields(document, { getItem: forbidden, removeItem: forbidden }, "/chat");
  restoreFields(document, { getItem: () => '{"text,text,true1":"x"}', removeItem: forbidden }, "/chat");
  assert.equal(named(document, "text")[0].value, "default");
});

for (const text of ["nonsense", "null", "7", '"x"', "[]"]) {
  test(`a foreign entry in the storage (${text}) is not restored`, async () => {
    const document = await makeDocument();
    const storage = new FakeStorage();
    storage.getItem = () => text;
    restoreFields(document, storage, "/chat");
    assert.equal(named(document, "text")[0].value, "default");
  });
}
