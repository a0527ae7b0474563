/* read: a file's description and its content. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

enum { GRANTS_MAX = 8 };

struct reading {
  /* Holes are told as such, what was there when it was opened is all, and its hash comes with the end. */
  bool is_copy;
  bool by_disk;
  int64_t position;
  /* Where the copy ends; -1 for what has no size, which is read as far as it goes. */
  int64_t end;
  /* Where the data that is being read ends. */
  int64_t data_end;
  struct hash hash;
  /* Places on the copy disk that the host has given for the next pieces, in a ring. */
  struct {
    int64_t offset, size;
  } grants[GRANTS_MAX];
  size_t first, count;
};

static enum opening read_open(struct stream *stream, const struct fields *fields) {
  struct reading *reading = stream->state;
  const char *path = fields_get(fields, "path");
  struct stat status;
  if (!path || *path != '/') {
    stream_fail(stream, EINVAL, "a read request needs an absolute path");
    return OPENING_ENDED;
  }
  reading->is_copy = fields_number(fields, "copy", 0) != 0;
  /* Non-blocking, or else a FIFO without a writer would stop the whole agent. A copy's own links are links. */
  int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (reading->is_copy ? O_NOFOLLOW : 0);
  int fd = open(path, flags);
  stream->watch[WATCH_INPUT].fd = fd;
  if (fd >= 0 && fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    fd = -1;
  }
  if (fd < 0) {
    stream_fail(stream, errno, "cannot read %s: %s", path, error_words(errno));
    return OPENING_ENDED;
  }
  reading->by_disk = reading->is_copy && fields_number(fields, "disk", 0) && copy_disk_open();
  reading->end = S_ISREG(status.st_mode) && status.st_size > 0 ? status.st_size : -1;
  hash_begin(&reading->hash);
  struct reply reply = reply_begin();
  entry_describe(&reply, "", &status, NULL);
  if (reading->by_disk) reply_number(&reply, "disk", 1);
  reply_send(&reply, FRAME_OPENED, stream->id);
  return OPENING_RUNS;
}

/* poll() finds regular files always ready; devices and FIFOs when they have something. */
static void read_watch(struct stream *stream) {
  const struct reading *reading = stream->state;
  bool has_room = reading->by_disk ? reading->count > 0 : stream->credit[CHANNEL_MAIN] > 0;
  stream->watch[WATCH_INPUT].events = has_room ? POLLIN : 0;
}

static void read_control(struct stream *stream, const struct fields *fields) {
  struct reading *reading = stream->state;
  int64_t offset = fields_number(fields, "into", -1), size = fields_number(fields, "size", -1);
  if (!reading->by_disk || !copy_piece_valid(offset, size) || reading->count == GRANTS_MAX) {
    stream_fail(stream, EINVAL, "there is no such place for a piece of a file");
    streams_release(stream);
    return;
  }
  size_t last = (reading->first + reading->count++) % GRANTS_MAX;
  reading->grants[last].offset = offset;
  reading->grants[last].size = size;
}

/* Steps over a hole at the position, and finds the end of the data behind it. File systems without holes have only data. */
static void find_data(struct stream *stream, int fd) {
  struct reading *reading = stream->state;
  int64_t data = lseek(fd, reading->position, SEEK_DATA);
  if (data < 0) data = errno == ENXIO ? reading->end : reading->position;
  if (data > reading->end) data = reading->end;
  if (data > reading->position) {
    struct reply reply = reply_begin();
    reply_number(&reply, "hole", data - reading->position);
    reply_send(&reply, FRAME_PROGRESS, stream->id);
    hash_add_hole(&reading->hash, data - reading->position);
    reading->position = data;
  }
  int64_t hole = lseek(fd, reading->position, SEEK_HOLE);
  reading->data_end = hole > reading->position && hole < reading->end ? hole : reading->end;
  lseek(fd, reading->position, SEEK_SET);
}

/* Fills the first place that the host has given; like read(): 0 at the end, -1 with errno. */
static ssize_t fill_piece(struct stream *stream, int fd, size_t limit) {
  struct reading *reading = stream->state;
  size_t size = (size_t)reading->grants[reading->first].size, filled = 0;
  if (size > limit) size = limit;
  while (filled < size) {
    ssize_t length = read(fd, copy_piece() + filled, size - filled);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && filled == 0) return -1;
    if (length <= 0) break;
    filled += (size_t)length;
  }
  if (filled == 0) return 0;
  hash_add(&reading->hash, copy_piece(), filled);
  if (!copy_piece_write(reading->grants[reading->first].offset, filled)) return -1;
  reading->first = (reading->first + 1) % GRANTS_MAX;
  reading->count--;
  struct reply reply = reply_begin();
  reply_number(&reply, "filled", (int64_t)filled);
  reply_send(&reply, FRAME_PROGRESS, stream->id);
  return (ssize_t)filled;
}

static ssize_t send_next(struct stream *stream, int fd) {
  struct reading *reading = stream->state;
  if (!reading->is_copy) return stream_send_from(stream, CHANNEL_MAIN, fd, DATA_CHUNK);
  if (reading->end >= 0 && reading->position >= reading->data_end && reading->position < reading->end)
    find_data(stream, fd);
  if (reading->position == reading->end) return 0;
  size_t limit = COPY_PIECE;
  if (reading->end >= 0 && reading->data_end - reading->position < COPY_PIECE)
    limit = (size_t)(reading->data_end - reading->position);
  ssize_t length;
  if (reading->by_disk) {
    length = fill_piece(stream, fd, limit);
  } else {
    const uint8_t *bytes = output_begin();
    length = stream_send_from(stream, CHANNEL_MAIN, fd, limit);
    if (length > 0) hash_add(&reading->hash, bytes, (size_t)length);
  }
  if (length > 0) reading->position += length;
  return length;
}

static void finish(struct stream *stream) {
  struct reading *reading = stream->state;
  if (!reading->is_copy) {
    stream_done(stream);
    return;
  }
  uint32_t hash = hash_end(&reading->hash);
  char digits[9];
  text_format(digits, sizeof digits, "%02x%02x%02x%02x", hash >> 24, hash >> 16 & 255, hash >> 8 & 255, hash & 255);
  struct reply reply = reply_begin();
  reply_text(&reply, "hash", digits);
  reply_send(&reply, FRAME_DONE, stream->id);
}

static void read_pump(struct stream *stream, int64_t now) {
  (void)now;
  const struct reading *reading = stream->state;
  if (reading->by_disk ? reading->count == 0 : stream->credit[CHANNEL_MAIN] == 0) return;
  ssize_t length = send_next(stream, stream->watch[WATCH_INPUT].fd);
  if (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR))) return;
  if (length < 0) stream_fail(stream, errno, "reading stopped: %s", error_words(errno));
  else finish(stream);
  streams_release(stream);
}

const struct operation operation_read = {
    .name = "read",
    .state_size = sizeof(struct reading),
    .open = read_open,
    .control = read_control,
    .watch = read_watch,
    .pump = read_pump,
};
