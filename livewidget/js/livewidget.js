// @ts-check
// What applications import by the name "livewidget".

export { BufferFull, ConnectionLost, Detached, EncodeError, LiveError, MessageTooLarge, RemoteError } from "./wire/errors.js";
export { Widget } from "./page/widget.js";
export { start } from "./start.js";
