/*
 * A small disk whose content the host reads and writes as a file: pieces of large files pass through it, a hundred times
 * faster than through the port. There is no file system on it. Its content means nothing but to operations that run.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/fs.h>

#include "agent.h"

static int fd = -1;
/* Aligned, because what is read and written passes the page cache by: it would not notice what the host writes. */
static uint8_t *piece;

static bool is_copy_disk(const char *name) {
  char path[PATH_MAX];
  struct lines lines;
  text_format(path, sizeof path, "/sys/block/%s/serial", name);
  if (!lines_open(&lines, path)) return false;
  const char *serial = lines_next(&lines);
  bool found = serial && strcmp(serial, COPY_DISK_SERIAL) == 0;
  lines_close(&lines);
  return found;
}

/* Without udev there is no /dev/disk/by-id: the serial is in sysfs and the node in devtmpfs. */
static void find(void) {
  DIR *folder = opendir("/sys/block");
  if (!folder) return;
  for (struct dirent *entry; fd < 0 && (entry = readdir(folder));) {
    char path[PATH_MAX];
    if (strncmp(entry->d_name, "vd", 2) != 0 || !is_copy_disk(entry->d_name)) continue;
    text_format(path, sizeof path, "/dev/%s", entry->d_name);
    fd = open(path, O_RDWR | O_CLOEXEC | O_DIRECT);
  }
  closedir(folder);
}

bool copy_disk_open(void) {
  if (fd < 0) find();
  if (!piece) {
    void *memory = mmap(NULL, COPY_PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) piece = memory;
  }
  uint64_t size;
  /* A disk that was unplugged answers ENODEV or has no size: the next one is found anew. */
  if (fd >= 0 && (ioctl(fd, BLKGETSIZE64, &size) != 0 || size == 0)) {
    close(fd);
    fd = -1;
  }
  return fd >= 0 && piece;
}

uint8_t *copy_piece(void) { return piece; }

/* Whole blocks only; what is behind the piece in its last block belongs to it. */
static size_t in_blocks(size_t length) { return (length + COPY_BLOCK - 1) / COPY_BLOCK * COPY_BLOCK; }

bool copy_piece_valid(int64_t offset, int64_t length) {
  return fd >= 0 && piece && offset >= 0 && offset % COPY_BLOCK == 0 && length > 0 && length <= COPY_PIECE;
}

bool copy_piece_read(int64_t offset, size_t length) {
  ssize_t got = pread(fd, piece, in_blocks(length), offset);
  if (got >= 0 && (size_t)got < length) errno = EIO;
  return got >= 0 && (size_t)got >= length;
}

bool copy_piece_write(int64_t offset, size_t length) {
  ssize_t put = pwrite(fd, piece, in_blocks(length), offset);
  if (put >= 0 && (size_t)put < length) errno = EIO;
  return put >= 0 && (size_t)put >= length;
}
