// @ts-check
// Close codes: see the table in docs/reference/close-codes.md. The Python twin is livewidget/wire/codes.py.

/** The connection was lost (RFC 6455, 7.4.1). */
export const LOST = 1006;
/** The application has closed the page, with its reason. */
export const CLOSED = 4000;
/** A malformed message, or one that is not allowed here. */
export const MALFORMED = 4400;
/** The Origin or the Host is not allowed to connect. */
export const REFUSED = 4403;
/** The page does not exist, has ended, or is open in another copy. */
export const GONE = 4404;
/** Nothing was received for too long. */
export const TIMED_OUT = 4408;
/** A newer connection of the page has taken over. */
export const TAKEN_OVER = 4409;
/** A message is too large. */
export const TOO_LARGE = 4413;
/** Too much is waiting for an acknowledgement. */
export const TOO_MUCH = 4429;
/** The server has failed. */
export const FAULT = 4500;

/** The codes after which a reload helps. */
export const RELOADS = [MALFORMED, GONE, TOO_LARGE, TOO_MUCH, FAULT];
/** The codes that end the page. After any other, it reconnects. */
export const ENDS = [...RELOADS, CLOSED, REFUSED, TAKEN_OVER];

/**
 * Close codes of the WebSocket protocol itself (RFC 6455, 7.4.1), and ours of the same meaning.
 * @type {Record<number, number>}
 */
export const OF_WEBSOCKET = { 1002: MALFORMED, 1007: MALFORMED, 1009: TOO_LARGE };
