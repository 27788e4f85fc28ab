// @ts-check
// Keeps what the user has typed but not sent across an automatic reload.
//
// Secrets are not kept: passwords, one-time codes, card numbers, files. (Hidden fields have
// only a default value.) Fields with autocomplete="off" are kept: the attribute is about
// suggestions, which the message box of a chat does not want.
// No events are dispatched: the widgets are created later and see the values.

const KEY = "livewidget-fields ";

/** Matched against type, `autocomplete`, name and id. A visible password has the type text. */
const SECRET = /^file|passw|one-time|\bcc-/i;

/**
 * Visit each field and each option of a select.
 * @param {Document} document
 * @param {(key: string, node: any, now: string, initial: string, field: HTMLElement) => void} look
 *   called with two property names of the node, and with the field that may have the focus
 */
function each(document, look) {
  /** @type {Record<string, number>} */
  const seen = {};
  for (const node of document.querySelectorAll("input,textarea,select option")) {
    const field = /** @type {any} */ (node.closest("input,textarea,select"));
    const { type, name, id } = field;
    const kind = node !== field ? "Selected" : /checkbox|radio/.test(type) ? "Checked" : "Value";
    // The value identifies a box or an option. Equal keys are numbered.
    let key = [type, name || id, kind === "Value" || /** @type {any} */ (node).value].join();
    key += seen[key] = (seen[key] ?? 0) + 1;
    if (!SECRET.test(`${type} ${field.autocomplete} ${name} ${id}`)) {
      look(key, node, kind.toLowerCase(), "default" + kind, field);
    }
  }
}

/**
 * Save the fields that differ from what the server sent.
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
    // Storage is full or forbidden.
  }
}

/**
 * Restore the saved values once, into fields that still are as the server sent them.
 * @param {Document} document
 * @param {Pick<Storage, "getItem" | "removeItem">} storage
 * @param {string} path
 */
export function restoreFields(document, storage, path) {
  try {
    // Throws if nothing was saved.
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
    // Nothing was saved, or storage is forbidden.
  }
}
