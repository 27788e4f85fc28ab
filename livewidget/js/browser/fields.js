// @ts-check
// What a person has typed and not sent outlives a reload that the page makes by itself.
//
// Not what is secret: passwords, codes, cards, files. (The value of a hidden field is its
// default.) What has autocomplete="off" is kept too: that is about suggestions, which a
// chat's message box does not want.
// There are no events: widgets are made after this, and see the values.

const KEY = "livewidget-fields ";

/** In types of fields, in `autocomplete`, and in names: a password that is shown is a text. */
const SECRET = /^file|passw|one-time|\bcc-/i;

/**
 * Look at each field, and of a select at each option.
 * @param {Document} document
 * @param {(key: string, node: any, now: string, initial: string, field: HTMLElement) => void} look
 *   with two properties of the node, and the field that may have the focus
 */
function each(document, look) {
  /** @type {Record<string, number>} */
  const seen = {};
  for (const node of document.querySelectorAll("input,textarea,select option")) {
    const field = /** @type {any} */ (node.closest("input,textarea,select"));
    const { type, name, id } = field;
    const kind = node !== field ? "Selected" : /checkbox|radio/.test(type) ? "Checked" : "Value";
    // The value of a box or an option names it. What is alike is told apart by its order.
    let key = [type, name || id, kind === "Value" || /** @type {any} */ (node).value].join();
    key += seen[key] = (seen[key] ?? 0) + 1;
    if (!SECRET.test(`${type} ${field.autocomplete} ${name} ${id}`)) {
      look(key, node, kind.toLowerCase(), "default" + kind, field);
    }
  }
}

/**
 * @param {Document} document
 * @param {Pick<Storage, "setItem">} storage
 * @param {string} path of the page
 */
export function saveFields(document, storage, path) {
  /** @type {Record<string, unknown>} */
  const values = {};
  each(document, (key, node, now, initial, field) => {
    if (node[now] !== node[initial]) {
      values[key] = node[now];
    }
    if (field === document.activeElement) {
      values.focus = key;
    }
  });
  try {
    storage.setItem(KEY + path, JSON.stringify(values));
  } catch {
    // It is full, or forbidden.
  }
}

/**
 * Put back what was saved, once, and only into fields that are as the server sent them.
 * @param {Document} document
 * @param {Pick<Storage, "getItem" | "removeItem">} storage
 * @param {string} path
 */
export function restoreFields(document, storage, path) {
  try {
    // Without any there is nothing to read, and this fails.
    const values = JSON.parse(/** @type {string} */ (storage.getItem(KEY + path)));
    storage.removeItem(KEY + path);
    each(document, (key, node, now, initial, field) => {
      if (key in values && node[now] === node[initial]) {
        node[now] = values[key];
      }
      if (key === values.focus) {
        field.focus();
      }
    });
  } catch {
    // Forbidden, or not ours.
  }
}
