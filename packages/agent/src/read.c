/* read: a file's description and its content. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "agent.h"

static enum opening read_open(struct stream *stream, const struct fields *fields) {
  const char *path = fields_get(fields, "path");
  struct stat status;
  if (!path || *path != '/') {
    stream_fail(stream, EINVAL, "a read request needs an absolute path");
    return OPENING_ENDED;
  }
  /* Non-blocking, or else a FIFO without a writer would stop the whole agent. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  stream->watch[WATCH_INPUT].fd = fd;
  if (fd >= 0 && fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    fd = -1;
  }
  if (fd < 0) {
    stream_fail(stream, errno, "cannot read %s: %s", path, error_words(errno));
    return OPENING_ENDED;
  }
  struct reply reply = reply_begin();
  entry_describe(&reply, "", &status, NULL);
  reply_send(&reply, FRAME_OPENED, stream->id);
  return OPENING_RUNS;
}

/* poll() finds regular files always ready; devices and FIFOs when they have something. */
static void read_watch(struct stream *stream) {
  stream->watch[WATCH_INPUT].events = stream->credit[CHANNEL_MAIN] > 0 ? POLLIN : 0;
}

static void read_pump(struct stream *stream, int64_t now) {
  (void)now;
  if (stream->credit[CHANNEL_MAIN] == 0) return;
  ssize_t length = stream_send_from(stream, CHANNEL_MAIN, stream->watch[WATCH_INPUT].fd, DATA_CHUNK);
  if (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR))) return;
  if (length < 0) stream_fail(stream, errno, "reading stopped: %s", error_words(errno));
  else stream_done(stream);
  streams_release(stream);
}

const struct operation operation_read = {.name = "read", .open = read_open, .watch = read_watch, .pump = read_pump};
