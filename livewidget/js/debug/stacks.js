// @ts-check
// Parses JavaScript stacks for the overlay, and suggests names.

/** The format of a line in V8, and in other engines. */
const FORMS = [/^\s*at (?:(.*?) \()?(.*?):(\d+):(\d+)\)?$/, /^(.*?)@(.*):(\d+):(\d+)$/];

/** The URLs of our own modules. */
const OWN_MODULE = /\/_live\/js\/livewidget-[0-9a-f]+\//;

/**
 * Return the frames of a stack, innermost first.
 * @param {string} stack
 * @returns {{name: string, url: string, line: number, column: number, own: boolean}[]}
 */
export function framesOf(stack) {
  return stack.split("\n").flatMap((text) => {
    const found = FORMS.map((form) => text.match(form)).find((match) => match !== null);
    if (!found) {
      return [];
    }
    const [, name, url, line, column] = found;
    return [{ name: name || "<anonymous>", url, line: Number(line), column: Number(column), own: OWN_MODULE.test(url) }];
  });
}

/**
 * Return the name that was probably meant by another one, or null if none is similar.
 * @param {string} name
 * @param {string[]} names
 * @returns {string | null}
 */
export function nearest(name, names) {
  const wanted = name.toLowerCase();
  const [[found, distance] = ["", Infinity]] = names
    .map((other) => /** @type {[string, number]} */ ([other, changes(wanted, other.toLowerCase())]))
    .sort((one, two) => one[1] - two[1]);
  return distance <= Math.max(2, name.length / 3) ? found : null;
}

/**
 * Return the number of letters to insert, delete or replace (the Levenshtein distance).
 * @param {string} from
 * @param {string} to
 */
function changes(from, to) {
  let row = [...Array(to.length + 1).keys()];
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let at = 0; at < to.length; at++) {
      next.push(Math.min(row[at + 1] + 1, next[at] + 1, row[at] + (letter === to[at] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length];
}
