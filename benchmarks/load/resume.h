/* Whether both sides have counted the same: that is what a page says when it connects again. */
#ifndef RESUME_H
#define RESUME_H

/* Have some clients do so, where there is such a thing; fails when something was lost or counted twice. */
void resume_some(void);

#endif
