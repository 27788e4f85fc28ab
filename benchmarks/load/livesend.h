/* The sends of livewidget's HTTP transports: messages go up in separate requests. */
#ifndef LIVESEND_H
#define LIVESEND_H

#include "livepage.h"

/* Set the headers that livewidget requires in the requests of the client's two lines. */
void livesend_begin(client *c);
void livesend_resume(client *c);
/* The functions of a carrier. */
void livesend_carry(client *c, const char *text, size_t n);
void livesend_tell(client *c);

#endif
