// @ts-check
// The states of a connector, and what leads from one to another.

/**
 * The states of a connector, and where each event leads. An event that a state does not
 * list cannot happen in it, or changes nothing. docs/reference/page-states.md explains both.
 */
export const TRANSITIONS = Object.freeze({
  waiting: { attempt: "trying", leave: "waiting", stop: "over" },
  trying: {
    attempt: "trying", welcome: "inUse", lost: "waiting", ended: "over", leave: "waiting",
    stop: "over",
  },
  inUse: {
    attempt: "trying", open: "upgrading", replaced: "waiting", lost: "waiting",
    ended: "over", leave: "waiting", stop: "over",
  },
  upgrading: {
    attempt: "trying", welcome: "inUse", failed: "inUse", replaced: "replaced",
    lost: "waiting", ended: "over", leave: "waiting", stop: "over",
  },
  replaced: { attempt: "trying", welcome: "inUse", failed: "waiting", leave: "waiting", stop: "over" },
  over: {},
});

/** @typedef {keyof typeof TRANSITIONS} ConnectorState */
/** @typedef {"attempt" | "welcome" | "open" | "failed" | "replaced" | "lost" | "ended" | "leave" | "stop"} ConnectorEvent */
