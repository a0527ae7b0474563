/* mkdir, symlink and link. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

static bool take_path(struct stream *stream, const struct fields *fields, char *path) {
  const char *given = fields_get(fields, "path");
  if (given && *given == '/' && strlen(given) < PATH_MAX) {
    strcpy(path, given);
    return true;
  }
  stream_fail(stream, EINVAL, "this request needs an absolute path shorter than %d bytes", PATH_MAX);
  return false;
}

static enum opening mkdir_open(struct stream *stream, const struct fields *fields) {
  char path[PATH_MAX];
  if (!take_path(stream, fields, path)) return OPENING_ENDED;
  int64_t mode = fields_number(fields, "mode", -1);
  if (!path_make_directories(path) || (mode >= 0 && chmod(path, (mode_t)mode & 07777) != 0))
    stream_fail(stream, errno, "cannot make the directory %s: %s", path, error_words(errno));
  else stream_done(stream);
  return OPENING_ENDED;
}

static bool make_symlink(char *path, const char *target) {
  char temporary[PATH_MAX];
  if (!path_make_parents(path) || !path_temporary(path, temporary, sizeof temporary)) return false;
  if (symlink(target, temporary) != 0) return false;
  if (rename(temporary, path) == 0) return true;
  int error = errno;
  unlink(temporary);
  errno = error;
  return false;
}

static enum opening symlink_open(struct stream *stream, const struct fields *fields) {
  char path[PATH_MAX];
  if (!take_path(stream, fields, path)) return OPENING_ENDED;
  const char *target = fields_get(fields, "target");
  if (!make_symlink(path, target ? target : ""))
    stream_fail(stream, errno, "cannot make the symlink %s: %s", path, error_words(errno));
  else stream_done(stream);
  return OPENING_ENDED;
}

static bool make_link(char *path, const char *target) {
  char temporary[PATH_MAX];
  if (!path_make_parents(path) || !path_temporary(path, temporary, sizeof temporary)) return false;
  if (link(target, temporary) != 0) return false;
  bool made = rename(temporary, path) == 0;
  int error = errno;
  /* Still there when it failed, and when both names were the same file already. */
  unlink(temporary);
  errno = error;
  return made;
}

static enum opening link_open(struct stream *stream, const struct fields *fields) {
  char path[PATH_MAX];
  if (!take_path(stream, fields, path)) return OPENING_ENDED;
  const char *target = fields_get(fields, "target");
  if (!make_link(path, target ? target : ""))
    stream_fail(stream, errno, "cannot make the hard link %s: %s", path, error_words(errno));
  else stream_done(stream);
  return OPENING_ENDED;
}

const struct operation operation_mkdir = {.name = "mkdir", .open = mkdir_open};
const struct operation operation_symlink = {.name = "symlink", .open = symlink_open};
const struct operation operation_link = {.name = "link", .open = link_open};
