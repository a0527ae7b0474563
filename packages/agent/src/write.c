/* write: a whole file under a temporary name, then renamed, so that nobody ever sees half of it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

struct writing {
  char path[PATH_MAX], temporary[PATH_MAX];
  int64_t mode, mtime;
  struct hash hash;
  /* What the host says that the hash is, when it has said so. */
  int64_t expected;
  bool is_checked;
  /* Being read from the copy disk: its bytes come next. The disk works on one piece while the agent does on the other. */
  struct place coming;
};

/* The file is a descriptor of the stream, so that releasing the stream closes it. */
static int file_of(const struct stream *stream) { return stream->watch[WATCH_INPUT].fd; }

static enum opening fail(struct stream *stream, const char *what) {
  const struct writing *writing = stream->state;
  stream_fail(stream, errno, "cannot write %s: %s: %s", writing->path, what, error_words(errno));
  return OPENING_ENDED;
}

/* Always false: the stream has failed and is gone. */
static bool stop(struct stream *stream, const char *what) {
  fail(stream, what);
  streams_release(stream);
  return false;
}

static enum opening write_open(struct stream *stream, const struct fields *fields) {
  struct writing *writing = stream->state;
  const char *path = fields_get(fields, "path");
  if (!path || *path != '/' || strlen(path) >= PATH_MAX) {
    stream_fail(stream, EINVAL, "a write request needs an absolute path shorter than %d bytes", PATH_MAX);
    return OPENING_ENDED;
  }
  strcpy(writing->path, path);
  writing->mode = fields_number(fields, "mode", 0644);
  writing->mtime = fields_number(fields, "mtime", -1);
  struct stat status;
  if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    return fail(stream, "there is a directory");
  }
  if (!path_make_parents(writing->path)) return fail(stream, "cannot make its parent folders");
  char temporary[PATH_MAX];
  if (!path_temporary(path, temporary, sizeof temporary)) return fail(stream, "no temporary name");
  int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return fail(stream, "cannot create a file in its folder");
  strcpy(writing->temporary, temporary);
  stream->watch[WATCH_INPUT].fd = fd;
  hash_begin(&writing->hash);
  if (fields_number(fields, "disk", 0)) {
    struct reply reply = reply_begin();
    reply_number(&reply, "disk", copy_disk_open());
    reply_send(&reply, FRAME_OPENED, stream->id);
  }
  return OPENING_RUNS;
}

/* False when the stream has failed and is gone. */
static bool append(struct stream *stream, const uint8_t *bytes, size_t length) {
  struct writing *writing = stream->state;
  for (size_t done = 0; done < length;) {
    size_t slice = length - done < COPY_SLICE ? length - done : COPY_SLICE;
    ssize_t written = write(file_of(stream), bytes + done, slice);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return stop(stream, "writing stopped");
    hash_add(&writing->hash, bytes + done, (size_t)written);
    done += (size_t)written;
  }
  return true;
}

static bool append_from_disk(struct stream *stream, struct place place) {
  if (place.length == 0) return true;
  if (!copy_piece_end(place)) return stop(stream, "cannot read the copy disk");
  if (!append(stream, copy_piece(place), (size_t)place.length)) return false;
  struct reply reply = reply_begin();
  reply_number(&reply, "taken", place.length);
  reply_send(&reply, FRAME_PROGRESS, stream->id);
  return true;
}

/* Whatever is coming is exchanged before it is waited for: when that fails, closing the stream waits for the next one. */
static bool expect_from_disk(struct stream *stream, struct place next) {
  struct writing *writing = stream->state;
  struct place coming = writing->coming;
  writing->coming = next;
  return append_from_disk(stream, coming);
}

static const struct place nothing;

static void read_from_disk(struct stream *stream, struct place place) {
  const struct writing *writing = stream->state;
  bool is_taken = writing->coming.length > 0 && writing->coming.offset == place.offset;
  if (is_taken || !copy_place_valid(place)) {
    errno = EINVAL;
    stop(stream, "cannot read the copy disk");
    return;
  }
  copy_piece_start(place, false);
  expect_from_disk(stream, place);
}

static void write_data(struct stream *stream, const uint8_t *bytes, size_t length) {
  if (expect_from_disk(stream, nothing) && append(stream, bytes, length)) stream_consumed(stream, length);
}

static void append_hole(struct stream *stream, int64_t length) {
  if (!expect_from_disk(stream, nothing)) return;
  struct writing *writing = stream->state;
  /* The end of the file moves behind the hole: nothing may follow it. */
  off_t end = length > 0 ? lseek(file_of(stream), length, SEEK_CUR) : -1;
  if (length <= 0) errno = EINVAL;
  if (end < 0 || ftruncate(file_of(stream), end) != 0) stop(stream, "cannot make a hole");
  else hash_add_hole(&writing->hash, length);
}

static void write_control(struct stream *stream, const struct fields *fields) {
  struct writing *writing = stream->state;
  if (fields_get(fields, "hash")) {
    writing->is_checked = true;
    writing->expected = fields_number(fields, "hash", 0);
  } else if (fields_get(fields, "hole")) append_hole(stream, fields_number(fields, "hole", 0));
  else read_from_disk(stream, (struct place){fields_number(fields, "from", -1), fields_number(fields, "size", -1)});
}

static bool set_times(int fd, int64_t mtime) {
  if (mtime < 0) return true;
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                              {.tv_sec = (time_t)(mtime / 1000000), .tv_nsec = (long)(mtime % 1000000) * 1000}};
  return futimens(fd, times) == 0;
}

static void write_end(struct stream *stream) {
  if (!expect_from_disk(stream, nothing)) return;
  struct writing *writing = stream->state;
  errno = EBADMSG;
  if (writing->is_checked && (int64_t)hash_end(&writing->hash) != writing->expected) fail(stream, "its content changed on the way");
  else if (fchmod(file_of(stream), (mode_t)writing->mode & 07777) != 0) fail(stream, "cannot set its mode");
  else if (!set_times(file_of(stream), writing->mtime)) fail(stream, "cannot set its time");
  else if (rename(writing->temporary, writing->path) != 0) fail(stream, "cannot put it in place");
  else {
    writing->temporary[0] = '\0';
    stream_done(stream);
  }
  streams_release(stream);
}

static void write_close(struct stream *stream) {
  struct writing *writing = stream->state;
  if (writing->coming.length > 0) copy_piece_end(writing->coming);
  if (writing->temporary[0]) unlink(writing->temporary);
}

const struct operation operation_write = {
    .name = "write",
    .state_size = sizeof(struct writing),
    .open = write_open,
    .data = write_data,
    .end = write_end,
    .control = write_control,
    .close = write_close,
};
