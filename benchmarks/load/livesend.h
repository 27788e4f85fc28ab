/* What livewidget's transports over HTTP share: messages go up by requests of their own. */
#ifndef LIVESEND_H
#define LIVESEND_H

#include "livepage.h"

/* Have the client's two lines send what livewidget wants in each request. */
void livesend_begin(client *c);
void livesend_resume(client *c);
/* As a carrier does them. */
void livesend_carry(client *c, const char *text, size_t n);
void livesend_tell(client *c);

#endif
