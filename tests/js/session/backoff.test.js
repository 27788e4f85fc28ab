import assert from "node:assert/strict";
import { test } from "node:test";

import { backoff } from "../../../livewidget/js/session/backoff.js";

test("the longest wait doubles per failure, up to 5 seconds", () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 7, 100].map((failures) => backoff(failures, 1));
  assert.deepEqual(longest, [0.5, 1, 2, 4, 5, 5, 5, 5, 5]);
});

test("the wait is spread at random between a fifth of the longest and the longest", () => {
  assert.equal(backoff(1, 0), 0.2);
  assert.equal(backoff(2, 0.5).toFixed(9), "1.200000000");
  assert.equal(backoff(6, 0), 1);
});
