#include "protocols.h"

#include "fail.h"
#include "livepage.h"
#include "options.h"

#include <string.h>

static const protocol *const all[] = {
    &protocol_raw,       &protocol_socketio, &protocol_enginepoll, &protocol_nicegui,
    &protocol_websocket, &protocol_stream,   &protocol_poll,
};

const protocol *protocol_of(int index) {
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (!strcmp(all[i]->name, opt.protocol)) {
      /* The sender: NiceGUI has no broadcast call, so that its server has a socket for it. */
      if (all[i] == &protocol_nicegui && opt.nphases && index == opt.clients) return &protocol_nicegui_control;
      return all[i];
    }
  fail("unknown protocol %s", opt.protocol);
}

void protocol_tick(void) { livepage_tick(); }
