/* The protocols that there are. */
#ifndef PROTOCOLS_H
#define PROTOCOLS_H

#include "client.h"

extern const protocol protocol_raw, protocol_socketio, protocol_enginepoll, protocol_nicegui,
    protocol_nicegui_control, protocol_websocket, protocol_stream, protocol_poll;

/* What --protocol says, of a client; the last one may be of another kind. */
const protocol *protocol_of(int index);
/* What is due by the clock. */
void protocol_tick(void);

#endif
