/* read: a file's description and its content. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

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
  struct place grants[COPY_PLACES];
  size_t first, count;
  /* Being written to the copy disk, and told of when it is there. The disk works on one piece while the agent does on the other. */
  struct place going;
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
  bool has_room = reading->by_disk ? reading->count > 0 || reading->going.length > 0 : stream->credit[CHANNEL_MAIN] > 0;
  stream->watch[WATCH_INPUT].events = has_room ? POLLIN : 0;
}

static void read_control(struct stream *stream, const struct fields *fields) {
  struct reading *reading = stream->state;
  struct place place = {fields_number(fields, "into", -1), fields_number(fields, "size", -1)};
  if (!reading->by_disk || !copy_place_valid(place) || reading->count == COPY_PLACES) {
    stream_fail(stream, EINVAL, "there is no such place for a piece of a file");
    streams_release(stream);
    return;
  }
  reading->grants[(reading->first + reading->count++) % COPY_PLACES] = place;
}

/* Tells of what was going, once it is there; false with errno. */
static bool fill(struct stream *stream, struct place next) {
  struct reading *reading = stream->state;
  struct place going = reading->going;
  reading->going = next;
  if (going.length == 0) return true;
  if (!copy_piece_end(going)) return false;
  struct reply reply = reply_begin();
  reply_number(&reply, "filled", going.length);
  reply_send(&reply, FRAME_PROGRESS, stream->id);
  return true;
}

static const struct place nothing;

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

/* For the first place that the host has given; like read(): 0 at the end, -1 with errno. */
static ssize_t read_piece(struct stream *stream, int fd, int64_t limit) {
  struct reading *reading = stream->state;
  struct place place = reading->grants[reading->first];
  uint8_t *piece = copy_piece(place);
  size_t size = (size_t)(place.length < limit ? place.length : limit), done = 0;
  while (done < size) {
    size_t slice = size - done < COPY_SLICE ? size - done : COPY_SLICE;
    ssize_t length = read(fd, piece + done, slice);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && done == 0) return -1;
    if (length <= 0) break;
    hash_add(&reading->hash, piece + done, (size_t)length);
    done += (size_t)length;
  }
  if (done == 0) return 0;
  place.length = (int64_t)done;
  copy_piece_start(place, true);
  reading->first = (reading->first + 1) % COPY_PLACES;
  reading->count--;
  return fill(stream, place) ? (ssize_t)done : -1;
}

static ssize_t send_next(struct stream *stream, int fd) {
  struct reading *reading = stream->state;
  if (!reading->is_copy) return stream_send_from(stream, CHANNEL_MAIN, fd, DATA_CHUNK);
  if (reading->end >= 0 && reading->position >= reading->data_end && reading->position < reading->end) {
    if (!fill(stream, nothing)) return -1;
    find_data(stream, fd);
  }
  if (reading->position == reading->end) return 0;
  size_t limit = COPY_PIECE;
  if (reading->end >= 0 && reading->data_end - reading->position < COPY_PIECE)
    limit = (size_t)(reading->data_end - reading->position);
  ssize_t length;
  if (reading->by_disk) {
    length = read_piece(stream, fd, (int64_t)limit);
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
  struct reply reply = reply_begin();
  reply_number(&reply, "hash", (int64_t)hash_end(&reading->hash));
  reply_send(&reply, FRAME_DONE, stream->id);
}

static void read_pump(struct stream *stream, int64_t now) {
  (void)now;
  const struct reading *reading = stream->state;
  if (!reading->by_disk && stream->credit[CHANNEL_MAIN] == 0) return;
  ssize_t length = 1;
  if (!reading->by_disk || reading->count > 0) length = send_next(stream, stream->watch[WATCH_INPUT].fd);
  else if (!fill(stream, nothing)) length = -1;
  if (length == 0 && !fill(stream, nothing)) length = -1;
  if (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR))) return;
  if (length < 0) stream_fail(stream, errno, "reading stopped: %s", error_words(errno));
  else finish(stream);
  streams_release(stream);
}

static void read_close(struct stream *stream) {
  const struct reading *reading = stream->state;
  if (reading->going.length > 0) copy_piece_end(reading->going);
}

const struct operation operation_read = {
    .name = "read",
    .state_size = sizeof(struct reading),
    .open = read_open,
    .control = read_control,
    .watch = read_watch,
    .pump = read_pump,
    .close = read_close,
};
