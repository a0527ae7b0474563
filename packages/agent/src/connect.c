/* connect: a byte stream between the host and an address as the guest sees it, with half-close in both directions. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

/* Per address: the kernel itself would go on for two minutes. */
#define ATTEMPT_US 10000000

struct connection {
  struct address addresses[ADDRESSES_MAX];
  size_t count, next;
  int64_t attempt_ends;
  bool open, input_ended, output_ended, shut;
  int last_error;
  char name[128];
  struct backlog input;
};

/* Tries the next address that does not fail at once. False when there is none. */
static bool try_next(struct stream *stream) {
  struct connection *connection = stream->state;
  struct watch *watch = &stream->watch[WATCH_OUTPUT];
  if (watch->fd >= 0) close(watch->fd);
  watch->fd = -1;
  while (connection->next < connection->count) {
    bool pending;
    watch->fd = address_connect(&connection->addresses[connection->next++], &pending);
    if (watch->fd >= 0) {
      connection->open = !pending;
      connection->attempt_ends = monotonic_us() + ATTEMPT_US;
      return true;
    }
    connection->last_error = errno;
  }
  return false;
}

static void opened(const struct stream *stream) { output_frame(FRAME_OPENED, 0, stream->id, NULL, 0); }

static void refuse(struct stream *stream) {
  const struct connection *connection = stream->state;
  stream_fail(stream, connection->last_error, "cannot connect to %s: %s", connection->name,
              error_words(connection->last_error));
}

static enum opening connect_open(struct stream *stream, const struct fields *fields) {
  struct connection *connection = stream->state;
  const char *path = fields_get(fields, "path"), *host = fields_get(fields, "host");
  int64_t port = fields_number(fields, "port", 0);
  if (path) {
    strncpy(connection->name, path, sizeof connection->name - 1);
    connection->count = resolve_unix(path, connection->addresses);
    connection->last_error = ENAMETOOLONG;
  } else if (host && port > 0 && port < 65536) {
    strncpy(connection->name, host, sizeof connection->name - 1);
    connection->count = resolve_host(host, (uint16_t)port, connection->addresses);
    connection->last_error = ENOENT;
  } else {
    stream_fail(stream, EINVAL, "a connect request needs path, or host and a port from 1 to 65535");
    return OPENING_ENDED;
  }
  if (connection->count == 0 && host && !path) {
    stream_fail(stream, ENOENT, "the guest does not know a host named \"%s\" (addresses, localhost, /etc/hosts)", host);
    return OPENING_ENDED;
  }
  if (!try_next(stream)) {
    refuse(stream);
    return OPENING_ENDED;
  }
  if (connection->open) opened(stream);
  return OPENING_RUNS;
}

static void send_input(struct stream *stream) {
  struct connection *connection = stream->state;
  int fd = stream->watch[WATCH_OUTPUT].fd;
  ssize_t written = connection->shut ? -1 : backlog_write(&connection->input, fd);
  if (written < 0) {
    written = (ssize_t)connection->input.length;
    backlog_free(&connection->input);
    connection->input_ended = true;
  }
  if (written > 0) stream_consumed(stream, (size_t)written);
  if (!connection->input_ended || connection->input.length > 0 || connection->shut) return;
  shutdown(fd, SHUT_WR);
  connection->shut = true;
}

static void connect_data(struct stream *stream, const uint8_t *bytes, size_t length) {
  struct connection *connection = stream->state;
  if (connection->shut) {
    stream_consumed(stream, length);
  } else if (!backlog_add(&connection->input, bytes, length)) {
    stream_fail(stream, ENOMEM, "the connection's input exceeds its window of %d bytes", INPUT_WINDOW);
    streams_release(stream);
  } else if (connection->open) {
    send_input(stream);
  }
}

static void connect_end(struct stream *stream) {
  struct connection *connection = stream->state;
  connection->input_ended = true;
  if (connection->open) send_input(stream);
}

static void connect_watch(struct stream *stream) {
  struct connection *connection = stream->state;
  short events = 0;
  if (!connection->open || connection->input.length > 0) events |= POLLOUT;
  if (connection->open && !connection->output_ended && stream->credit[CHANNEL_MAIN] > 0) events |= POLLIN;
  stream->watch[WATCH_OUTPUT].events = events;
  bool over = connection->output_ended && connection->shut;
  stream->due = over ? 0 : connection->open ? NEVER : connection->attempt_ends;
}

static void finish_attempt(struct stream *stream) {
  struct connection *connection = stream->state;
  const struct watch *watch = &stream->watch[WATCH_OUTPUT];
  connection->last_error = watch->revents ? address_outcome(watch->fd) : ETIMEDOUT;
  connection->open = connection->last_error == 0;
  if (!connection->open && !try_next(stream)) {
    refuse(stream);
    streams_release(stream);
  } else if (connection->open) {
    opened(stream);
    send_input(stream);
  }
}

static void connect_pump(struct stream *stream, int64_t now) {
  struct connection *connection = stream->state;
  struct watch *watch = &stream->watch[WATCH_OUTPUT];
  if (!connection->open) {
    if (watch->revents || now >= connection->attempt_ends) finish_attempt(stream);
    return;
  }
  if (watch->revents & (POLLOUT | POLLERR)) send_input(stream);
  if (!connection->output_ended && watch->revents & (POLLIN | POLLHUP | POLLERR)) {
    bool starved = stream->credit[CHANNEL_MAIN] == 0 || !output_has_room();
    ssize_t length = stream_send_from(stream, CHANNEL_MAIN, watch->fd, DATA_CHUNK);
    if (length < 0 && errno != EAGAIN && errno != EINTR) {
      stream_fail(stream, errno, "the connection to %s broke: %s", connection->name, error_words(errno));
      streams_release(stream);
      return;
    }
    if (length == 0 && !starved) {
      connection->output_ended = true;
      output_frame(FRAME_EOF, CHANNEL_MAIN, stream->id, NULL, 0);
    }
  }
  if (!connection->output_ended || !connection->shut) return;
  stream_done(stream);
  streams_release(stream);
}

static void connect_close(struct stream *stream) {
  struct connection *connection = stream->state;
  backlog_free(&connection->input);
}

const struct operation operation_connect = {
    .name = "connect",
    .state_size = sizeof(struct connection),
    .open = connect_open,
    .data = connect_data,
    .end = connect_end,
    .watch = connect_watch,
    .pump = connect_pump,
    .close = connect_close,
};
