/*
 * A command is over when its process is, but a background child may hold its pipes for ever. Closing them would kill
 * that child by SIGPIPE, leaving them full would block it: so they are read, and what they hold is thrown away.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

static int fds[LEFTOVERS_MAX];
static size_t count;

static void forget(size_t index) {
  close(fds[index]);
  count--;
  memmove(fds + index, fds + index + 1, (count - index) * sizeof fds[0]);
}

void leftovers_adopt(int fd) {
  if (fd < 0) return;
  if (count == LEFTOVERS_MAX) forget(0);
  fds[count++] = fd;
}

size_t leftovers_count(void) { return count; }

int leftovers_fd(size_t index) { return fds[index]; }

void leftovers_drain(size_t index) {
  static uint8_t waste[DATA_CHUNK];
  ssize_t length = read(fds[index], waste, sizeof waste);
  if (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR))) return;
  forget(index);
}
