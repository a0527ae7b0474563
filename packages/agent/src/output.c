/* The queue of frames to the host: bounded, because nobody adds to it beyond the high-water mark. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "magic.h"

/* A frame may be added while less than this is queued. Low, because what is queued delays every other stream. */
#define HIGH_WATER (32 * 1024)
/* One step of the loop adds at most two chunks of data, or one full frame, and some small ones. */
#define CAPACITY (HIGH_WATER + 3 * (HEADER_SIZE + PAYLOAD_MAX))
/* The virtio console copies at most this much in one write. */
#define WRITE_MAX (32 * 1024)

/*
 * A short command opens, ends its output and is done within a few milliseconds. Under emulation each write to the port
 * costs as much as a small process does, so news that nobody hurries for waits this long for company.
 */
#define LINGER_US 2000

static uint8_t queue[CAPACITY];
static int64_t due = NEVER;
/* Sent up to `head`, within the frame that begins at `frame`; filled up to `tail`. */
static size_t frame, head, tail;

bool output_has_room(void) { return tail - head < HIGH_WATER; }

int64_t output_due(void) { return due; }

uint8_t *output_begin(void) {
  if (frame > 0 && CAPACITY - tail < HEADER_SIZE + PAYLOAD_MAX) {
    memmove(queue, queue + frame, tail - frame);
    head -= frame;
    tail -= frame;
    frame = 0;
  }
  return queue + tail + HEADER_SIZE;
}

void output_commit(uint8_t type, uint8_t flags, uint32_t stream, size_t length) {
  uint8_t *header = queue + tail;
  header[0] = MAGIC_FIRST;
  header[1] = MAGIC_SECOND;
  header[2] = type;
  header[3] = flags;
  write_le32(header + 4, stream);
  write_le32(header + 8, (uint32_t)length);
  write_le32(header + 12, crc32_of(crc32_of(0, header, 12), header + HEADER_SIZE, length));
  tail += HEADER_SIZE + length;
  bool patient = type == FRAME_OPENED || type == FRAME_EOF;
  int64_t wanted = patient ? monotonic_us() + LINGER_US : 0;
  if (wanted < due) due = wanted;
}

void output_frame(uint8_t type, uint8_t flags, uint32_t stream, const void *payload, size_t length) {
  uint8_t *to = output_begin();
  if (length > 0) memcpy(to, payload, length);
  output_commit(type, flags, stream, length);
}

static size_t frame_end(void) { return frame + HEADER_SIZE + read_le32(queue + frame + 8); }

bool output_flush(int fd) {
  /* Whatever does not fit now goes as soon as it can. */
  if (head < tail) due = 0;
  while (head < tail) {
    size_t length = tail - head < WRITE_MAX ? tail - head : WRITE_MAX;
    ssize_t written = write(fd, queue + head, length);
    if (written < 0) return errno == EAGAIN || errno == EINTR;
    head += (size_t)written;
    while (frame < tail && frame_end() <= head) frame = frame_end();
  }
  output_reset();
  return true;
}

void output_drop_unsent(void) {
  /* A frame that is under way goes out whole: its missing rest would swallow the frames after it. */
  tail = head > frame ? frame_end() : head;
}

void output_reset(void) {
  frame = head = tail = 0;
  due = NEVER;
}
