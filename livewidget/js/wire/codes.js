// @ts-check
// Close codes, as docs/protocol.md has them in its table. The Python twin is codes.py.

/** The connection was lost (RFC 6455, 7.4.1). */
export const LOST = 1006;
/** The application has closed the page, with its reason. */
export const CLOSED = 4000;
/** What came is no message, or not here. */
export const MALFORMED = 4400;
/** The Origin or the Host may not connect. */
export const REFUSED = 4403;
/** No such page, or it has ended, or another copy of it is open. */
export const GONE = 4404;
/** Nothing was heard for too long. */
export const TIMED_OUT = 4408;
/** A newer connection of the page is there. */
export const TAKEN_OVER = 4409;
/** A message is too large. */
export const TOO_LARGE = 4413;
/** Too much waits for an acknowledgement. */
export const TOO_MUCH = 4429;
/** The server has failed. */
export const FAULT = 4500;

/** With these a fresh page is a way out. */
export const RELOADS = [MALFORMED, GONE, TOO_LARGE, TOO_MUCH, FAULT];
/** With these the page has ended; with any other it connects again. */
export const ENDS = [...RELOADS, CLOSED, REFUSED, TAKEN_OVER];

/**
 * Close codes of the WebSocket layer itself (RFC 6455, 7.4.1), and what they mean for a page.
 * @type {Record<number, number>}
 */
export const OF_WEBSOCKET = { 1002: MALFORMED, 1007: MALFORMED, 1009: TOO_LARGE };
