/* The frame parser: never trusts a byte, and finds the next frame after any garbage. */
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "magic.h"

static uint8_t buffer[HEADER_SIZE + PAYLOAD_MAX + 16 * 1024];
static size_t start, end;
static uint64_t dropped;

void input_reset(void) { start = end = 0; }

uint64_t input_dropped(void) { return dropped; }

ssize_t input_read(int fd) {
  if (start > 0) {
    memmove(buffer, buffer + start, end - start);
    end -= start;
    start = 0;
  }
  ssize_t length = read(fd, buffer + end, sizeof buffer - end);
  if (length > 0) end += (size_t)length;
  return length;
}

static void drop(size_t count) {
  start += count;
  dropped += count;
}

/* Cheap refusals first: they keep garbage that happens to hold the magic from holding up real frames behind it. */
static bool plausible(const uint8_t *header) {
  return header[2] >= 1 && header[2] <= FRAME_TYPE_MAX && header[3] <= FLAGS_MAX &&
         read_le32(header + 8) <= PAYLOAD_MAX;
}

bool input_next(struct frame *frame) {
  while (end - start >= HEADER_SIZE) {
    uint8_t *header = buffer + start;
    if (header[0] != MAGIC_FIRST || header[1] != MAGIC_SECOND || !plausible(header)) {
      uint8_t *next = memchr(header + 1, MAGIC_FIRST, end - start - 1);
      drop(next ? (size_t)(next - header) : end - start);
      continue;
    }
    uint32_t length = read_le32(header + 8);
    if (end - start < HEADER_SIZE + length) return false;
    uint32_t crc = crc32_of(crc32_of(0, header, 12), header + HEADER_SIZE, length);
    if (crc != read_le32(header + 12)) {
      drop(1);
      continue;
    }
    *frame = (struct frame){header[2], header[3], read_le32(header + 4), length, header + HEADER_SIZE};
    start += HEADER_SIZE + length;
    return true;
  }
  return false;
}
