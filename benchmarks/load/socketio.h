/* The messages of socket.io, over any transport. */
#ifndef SOCKETIO_H
#define SOCKETIO_H

#include "client.h"

/* Handle a message. Return whether it is a ping, which has to be answered with "3". */
int socketio_message(client *c, char *text, size_t n);

#endif
