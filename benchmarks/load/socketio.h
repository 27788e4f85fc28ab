/* Messages of socket.io, whatever carries them. */
#ifndef SOCKETIO_H
#define SOCKETIO_H

#include "client.h"

/* A message has come; gives whether it is a ping, which is to be answered by "3". */
int socketio_message(client *c, char *text, size_t n);

#endif
