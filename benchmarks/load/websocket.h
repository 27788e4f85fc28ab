/* WebSocket frames over a line, from a browser's end. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include "line.h"

/* Frames received over all lines. */
extern uint64_t websocket_frames;

/* Send the handshake. protocol may be NULL. */
void websocket_ask(line *l, const char *path, const char *protocol);
/* Return the length of the answer to the handshake, or 0 if it is incomplete. */
size_t websocket_answer(const uint8_t *data, size_t n);
void websocket_send(line *l, const char *text, size_t n);
/* Pass each text to a function. Return how many bytes were used. */
size_t websocket_take(line *l, uint8_t *data, size_t n, void (*text)(line *, char *, size_t));

#endif
