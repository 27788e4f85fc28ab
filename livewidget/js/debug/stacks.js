// @ts-check
// JavaScript stacks, read for the overlay; names that are nearly right.

/** V8's form of a line, and that of the others. */
const FORMS = [/^\s*at (?:(.*?) \()?(.*?):(\d+):(\d+)\)?$/, /^(.*?)@(.*):(\d+):(\d+)$/];

/** Our own modules. */
const OWN_MODULE = /\/_live\/js\/livewidget-[0-9a-f]+\//;

/**
 * The frames of a stack, innermost first.
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
 * The name that is nearest to another one, if it is near enough for a slip.
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
 * How many letters have to be put in, taken out or changed.
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
