/* The protocols. */
#ifndef PROTOCOLS_H
#define PROTOCOLS_H

#include "client.h"

extern const protocol protocol_raw, protocol_socketio, protocol_enginepoll, protocol_nicegui,
    protocol_nicegui_control, protocol_websocket, protocol_stream, protocol_poll;

/* Return the protocol of a client, from --protocol. The last client's may differ. */
const protocol *protocol_of(int index);
/* Do what is due. */
void protocol_tick(void);

#endif
