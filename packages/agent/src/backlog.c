/* Bytes from the host that a pipe or socket has not taken yet. The host's credit bounds them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

bool backlog_add(struct backlog *backlog, const uint8_t *bytes, size_t length) {
  if (length > INPUT_WINDOW - backlog->length) return false;
  if (!backlog->bytes && !(backlog->bytes = malloc(INPUT_WINDOW))) return false;
  if (backlog->head + backlog->length + length > INPUT_WINDOW) {
    memmove(backlog->bytes, backlog->bytes + backlog->head, backlog->length);
    backlog->head = 0;
  }
  memcpy(backlog->bytes + backlog->head + backlog->length, bytes, length);
  backlog->length += length;
  return true;
}

ssize_t backlog_write(struct backlog *backlog, int fd) {
  if (backlog->length == 0) return 0;
  ssize_t written = write(fd, backlog->bytes + backlog->head, backlog->length);
  if (written < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
  backlog->head += (size_t)written;
  backlog->length -= (size_t)written;
  if (backlog->length == 0) backlog_free(backlog);
  return written;
}

void backlog_free(struct backlog *backlog) {
  free(backlog->bytes);
  *backlog = (struct backlog){0};
}
