/* A check that the counts of both sides match, which a page sends when it reconnects. */
#ifndef RESUME_H
#define RESUME_H

/* Reconnect some clients, if the protocol can. End if a message was lost or counted twice. */
void resume_some(void);

#endif
