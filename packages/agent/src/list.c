/* list: an entry and everything below it, parents first, without following symlinks. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

/* Each level holds a descriptor and 2 KiB. */
enum { DEPTH_MAX = 64, RECORD_MAX = 2 * PATH_MAX + 256 };

struct listing {
  DIR *folders[DEPTH_MAX];
  /* Length of the path at each level. */
  size_t lengths[DEPTH_MAX];
  int depth;
  size_t root_length;
  bool started;
  char path[PATH_MAX];
};

static enum opening list_open(struct stream *stream, const struct fields *fields) {
  struct listing *listing = stream->state;
  const char *path = fields_get(fields, "path");
  if (!path || *path != '/' || strlen(path) >= sizeof listing->path) {
    stream_fail(stream, EINVAL, "a list request needs an absolute path shorter than %d bytes", PATH_MAX);
    return OPENING_ENDED;
  }
  strcpy(listing->path, path);
  size_t length = strlen(path);
  while (length > 1 && path[length - 1] == '/') length--;
  listing->path[length] = '\0';
  /* Below "/" the relative part begins right after the slash. */
  listing->root_length = length == 1 ? 0 : length;
  return OPENING_RUNS;
}

static void list_watch(struct stream *stream) {
  stream->due = stream->credit[CHANNEL_MAIN] < PAYLOAD_MAX ? NEVER : 0;
}

/* Adds the entry at the current path; enters it when it is a directory. False with errno. */
static bool visit(struct listing *listing, struct reply *reply) {
  struct stat status;
  char target[PATH_MAX] = "";
  if (lstat(listing->path, &status) != 0) return errno == ENOENT && listing->depth > 0;
  if (S_ISLNK(status.st_mode)) {
    ssize_t length = readlink(listing->path, target, sizeof target - 1);
    if (length < 0) return errno == ENOENT && listing->depth > 0;
  }
  const char *relative = listing->path + listing->root_length;
  entry_describe(reply, *relative == '/' ? relative + 1 : relative, &status, S_ISLNK(status.st_mode) ? target : NULL);
  reply_end_record(reply);
  if (!S_ISDIR(status.st_mode)) return true;
  if (listing->depth == DEPTH_MAX) {
    errno = ELOOP;
    return false;
  }
  DIR *folder = opendir(listing->path);
  if (!folder) return false;
  listing->folders[listing->depth] = folder;
  listing->lengths[listing->depth++] = strlen(listing->path);
  return true;
}

static bool step(struct listing *listing, struct reply *reply) {
  if (!listing->started) {
    listing->started = true;
    return visit(listing, reply);
  }
  size_t length = listing->lengths[listing->depth - 1];
  listing->path[length] = '\0';
  errno = 0;
  struct dirent *entry = readdir(listing->folders[listing->depth - 1]);
  if (!entry) {
    if (errno != 0) return false;
    closedir(listing->folders[--listing->depth]);
    return true;
  }
  if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) return true;
  if (length + 1 + strlen(entry->d_name) >= sizeof listing->path) {
    errno = ENAMETOOLONG;
    return false;
  }
  if (listing->path[length - 1] != '/') listing->path[length++] = '/';
  strcpy(listing->path + length, entry->d_name);
  return visit(listing, reply);
}

static void list_pump(struct stream *stream, int64_t now) {
  (void)now;
  struct listing *listing = stream->state;
  if (stream->credit[CHANNEL_MAIN] < PAYLOAD_MAX) return;
  struct reply reply = reply_begin();
  bool listed = true;
  /* A record never spans two frames. */
  while (listed && reply.length + RECORD_MAX <= PAYLOAD_MAX && (!listing->started || listing->depth > 0))
    listed = step(listing, &reply);
  int error = errno;
  if (reply.length > 0) {
    stream->credit[CHANNEL_MAIN] -= (uint32_t)reply.length;
    output_commit(FRAME_DATA, CHANNEL_MAIN, stream->id, reply.length);
  }
  if (listed && listing->depth > 0) return;
  if (listed) stream_done(stream);
  else stream_fail(stream, error, "cannot list %s: %s", listing->path, error_words(error));
  streams_release(stream);
}

static void list_close(struct stream *stream) {
  struct listing *listing = stream->state;
  while (listing->depth > 0) closedir(listing->folders[--listing->depth]);
}

const struct operation operation_list = {
    .name = "list",
    .state_size = sizeof(struct listing),
    .open = list_open,
    .watch = list_watch,
    .pump = list_pump,
    .close = list_close,
};
