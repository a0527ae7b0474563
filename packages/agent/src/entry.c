/* What the host learns of a file. */
#include <sys/stat.h>

#include "agent.h"

static const char *type_name(mode_t mode) {
  if (S_ISREG(mode)) return "file";
  if (S_ISDIR(mode)) return "directory";
  return S_ISLNK(mode) ? "symlink" : "other";
}

void entry_describe(struct reply *reply, const char *path, const struct stat *status, const char *target) {
  reply_text(reply, "path", path);
  reply_text(reply, "type", type_name(status->st_mode));
  reply_number(reply, "mode", status->st_mode & 07777);
  reply_number(reply, "size", status->st_size);
  reply_number(reply, "mtime", (int64_t)status->st_mtim.tv_sec * 1000000 + status->st_mtim.tv_nsec / 1000);
  if (S_ISREG(status->st_mode) && status->st_nlink > 1) {
    char name[48];
    text_format(name, sizeof name, "%lld:%lld", (long long)status->st_dev, (long long)status->st_ino);
    reply_text(reply, "file", name);
  }
  if (target) reply_text(reply, "target", target);
}
