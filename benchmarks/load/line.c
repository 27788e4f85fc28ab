#include "line.h"

#include "fail.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define A_READ (256 * 1024)

const char *line_host = "127.0.0.1";
int line_port;
uint64_t line_received;

static void interest(line *l, int writing) {
  if (l->writing == writing) return;
  l->writing = writing;
  loop_change(&l->watch, EPOLLIN | (writing ? EPOLLOUT : 0u));
}

void line_close(line *l) {
  if (!l->open) return;
  l->open = 0;
  close(l->watch.fd);
  buffer_clear(&l->in);
  buffer_clear(&l->out);
}

static void gone(line *l) {
  line_close(l);
  l->lost(l);
}

void line_write(line *l, const void *data, size_t n) {
  ssize_t sent = 0;
  if (!l->open) return;
  if (l->connected && !buffer_length(&l->out)) {
    sent = send(l->watch.fd, data, n, MSG_NOSIGNAL);
    if ((size_t)sent == n) return;
    /* Reading reports the error. */
    if (sent < 0) sent = 0;
  }
  buffer_add(&l->out, (const char *)data + sent, n - (size_t)sent);
  interest(l, 1);
}

static void flush(line *l) {
  if (buffer_length(&l->out)) {
    ssize_t sent = send(l->watch.fd, buffer_data(&l->out), buffer_length(&l->out), MSG_NOSIGNAL);
    if (sent > 0) buffer_take(&l->out, (size_t)sent);
  }
  if (!buffer_length(&l->out)) interest(l, 0);
}

static void receive(line *l) {
  static uint8_t bytes[A_READ];
  ssize_t got = recv(l->watch.fd, bytes, sizeof bytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    gone(l);
    return;
  }
  line_received += (uint64_t)got;
  if (buffer_length(&l->in)) {
    buffer_add(&l->in, bytes, (size_t)got);
    size_t used = l->bytes(l, buffer_data(&l->in), buffer_length(&l->in));
    if (l->open) buffer_take(&l->in, used);
    return;
  }
  size_t used = l->bytes(l, bytes, (size_t)got);
  if (l->open && used < (size_t)got) buffer_add(&l->in, bytes + used, (size_t)got - used);
}

static void ready(watch *w, uint32_t events) {
  line *l = (line *)w;
  if (!l->open) return;
  if (!l->connected) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) fail("connect: %s", strerror(error));
    l->connected = 1;
  }
  if (events & EPOLLOUT) flush(l);
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(l);
}

void line_open(line *l) {
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("socket: %s", strerror(errno));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)line_port)};
  inet_pton(AF_INET, line_host, &address.sin_addr);
  if (connect(fd, (void *)&address, sizeof address) < 0 && errno != EINPROGRESS)
    fail("connect: %s", strerror(errno));
  l->watch = (watch){.fd = fd, .ready = ready};
  l->open = 1;
  l->connected = 0;
  l->writing = 1;
  loop_add(&l->watch, EPOLLIN | EPOLLOUT);
}
