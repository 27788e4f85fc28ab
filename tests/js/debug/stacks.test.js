import assert from "node:assert/strict";
import { test } from "node:test";

import { framesOf, nearest } from "../../../livewidget/js/debug/stacks.js";

const URL = "http://localhost/_live/js/chat-0123/ChatThing.js";
const OWN = "http://localhost/_live/js/livewidget-89abcdef/page.js";

const STACKS = {
  Chromium: `TypeError: no
    at ChatterWidget.hear (${URL}:12:5)
    at Array.forEach (<anonymous>)
    at ${URL}:3:9
    at async #called (${OWN}:221:21)`,
  Firefox: `hear@${URL}:12:5\n@${URL}:3:9\nasync*#called@${OWN}:221:21\n`,
  Safari: `hear@${URL}:12:5\nforEach@[native code]\n@${URL}:3:9\n#called@${OWN}:221:21`,
};

for (const [browser, stack] of Object.entries(STACKS)) {
  test(`a stack of ${browser} is parsed`, () => {
    const frames = framesOf(stack);
    assert.deepEqual(frames.map(({ url, line, column, own }) => [url, line, column, own]), [
      [URL, 12, 5, false],
      [URL, 3, 9, false],
      [OWN, 221, 21, true],
    ]);
    assert.match(frames[0].name, /hear$/);
    assert.equal(frames[1].name, "<anonymous>");
    assert.match(frames[2].name, /#called$/);
  });
}

test("lines that are not frames are skipped", () => {
  assert.deepEqual(framesOf(""), []);
  assert.deepEqual(framesOf("TypeError: no\n  at nowhere\nhere@there"), []);
});

const NAMES = ["ChatterWidget", "Room", "default"];
for (const [name, expected] of [
  ["chatterwidget", "ChatterWidget"],
  ["ChaterWidgett", "ChatterWidget"],
  ["ChatWidget", "ChatterWidget"],
  ["Rom", "Room"],
  ["Zebra", null],
  ["Another", null],
]) {
  test(`the name nearest to ${name} is ${expected}`, () => {
    assert.equal(nearest(name, NAMES), expected);
  });
}

test("without names, there is no nearest one", () => {
  assert.equal(nearest("a", []), null);
});
