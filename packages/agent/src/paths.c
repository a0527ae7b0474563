/* Folders and temporary names. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "agent.h"

static bool make(const char *path) {
  struct stat status;
  if (mkdir(path, 0755) == 0) return true;
  /* Not only EEXIST: a read-only file system answers EROFS for folders that are there. */
  int error = errno;
  if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) return true;
  errno = error == EEXIST ? ENOTDIR : error;
  return false;
}

bool path_make_parents(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    bool made = make(path);
    *slash = '/';
    if (!made) return false;
  }
  return true;
}

bool path_make_directories(char *path) { return path_make_parents(path) && make(path); }

/* In the same folder, as rename() needs it; short, because names have at most 255 bytes. */
bool path_temporary(const char *path, char *result, size_t size) {
  static int serial;
  const char *slash = strrchr(path, '/');
  int folder = slash ? (int)(slash - path) + 1 : 0;
  if (text_format(result, size, "%.*s.vitest-machines-%d", folder, path, ++serial) < size - 1) return true;
  errno = ENAMETOOLONG;
  return false;
}
