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
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>

#include "agent.h"

static int fd = -1;
/* Aligned, because what is read and written passes the page cache by: it would not notice what the host writes. */
static uint8_t *memory;
static aio_context_t queue;
static struct request {
  bool is_under_way;
  /* As the kernel tells it: a length, or what is wrong as a negative number. */
  int64_t result;
} requests[COPY_PLACES];

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
  if (!memory) {
    void *mapped = mmap(NULL, COPY_PLACES * COPY_PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped != MAP_FAILED) memory = mapped;
  }
  if (!queue) syscall(SYS_io_setup, COPY_PLACES, &queue);
  uint64_t size;
  /* A disk that was unplugged answers ENODEV or has no size: the next one is found anew. */
  if (fd >= 0 && (ioctl(fd, BLKGETSIZE64, &size) != 0 || size == 0)) {
    close(fd);
    fd = -1;
  }
  return fd >= 0 && memory && queue;
}

bool copy_place_valid(struct place place) {
  return fd >= 0 && memory && place.offset >= 0 && place.offset % COPY_PIECE == 0 &&
         place.offset < (int64_t)COPY_PLACES * COPY_PIECE && place.length > 0 && place.length <= COPY_PIECE;
}

uint8_t *copy_piece(struct place place) { return memory + place.offset; }

static struct request *request_of(struct place place) { return &requests[place.offset / COPY_PIECE]; }

void copy_piece_start(struct place place, bool is_write) {
  struct request *request = request_of(place);
  struct iocb *control = &(struct iocb){
      .aio_data = (uintptr_t)request,
      .aio_lio_opcode = is_write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
      .aio_fildes = (uint32_t)fd,
      .aio_buf = (uintptr_t)copy_piece(place),
      /* Whole blocks only; what is behind the piece in its last block belongs to it. */
      .aio_nbytes = ((size_t)place.length + COPY_BLOCK - 1) / COPY_BLOCK * COPY_BLOCK,
      .aio_offset = place.offset,
  };
  request->is_under_way = syscall(SYS_io_submit, queue, 1, &control) == 1;
  if (!request->is_under_way) request->result = -errno;
}

bool copy_piece_end(struct place place) {
  struct request *request = request_of(place);
  while (request->is_under_way) {
    struct io_event event;
    long count = syscall(SYS_io_getevents, queue, 1, 1, &event, NULL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    struct request *ended = (struct request *)(uintptr_t)event.data;
    ended->is_under_way = false;
    ended->result = event.res;
  }
  if (request->result < place.length) errno = request->result < 0 ? (int)-request->result : EIO;
  return request->result >= place.length;
}
