/* WebSocket frames over a line, as a browser sends and takes them. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include "line.h"

/* Frames that have come over all lines. */
extern uint64_t websocket_frames;

/* Ask for the handshake; protocol may be NULL. */
void websocket_ask(line *l, const char *path, const char *protocol);
/* How many bytes the answer to the handshake takes; 0: it is not whole yet. */
size_t websocket_answer(const uint8_t *data, size_t n);
void websocket_send(line *l, const char *text, size_t n);
/* Give each text to a function; gives how many bytes are used. */
size_t websocket_take(line *l, uint8_t *data, size_t n, void (*text)(line *, char *, size_t));

#endif
