/*
 * Memory at hand. The C library gives what is free back to the kernel and asks for it anew, which is cheap, but not in a
 * machine that was just restored under emulation: there the kernel's code for it alone takes 20 ms to be translated again.
 */
#include <stdlib.h>
#include <string.h>

#include "agent.h"

/* A look at 32 machines at once and some more; a block holds the state of any operation. */
enum { BLOCKS = 48, BLOCK_SIZE = 10 * 1024 };

static union {
  max_align_t alignment;
  char bytes[BLOCK_SIZE];
} blocks[BLOCKS];
static bool taken[BLOCKS];

void *memory_take(size_t count, size_t size) {
  if (size > 0 && count > BLOCK_SIZE / size) return calloc(count, size);
  /* The first free one: it is the likeliest to be there physically, too. */
  for (size_t index = 0; index < BLOCKS; index++) {
    if (taken[index]) continue;
    taken[index] = true;
    return memset(blocks[index].bytes, 0, count * size);
  }
  return calloc(count, size);
}

void memory_give(void *memory) {
  uintptr_t offset = (uintptr_t)memory - (uintptr_t)blocks;
  if (offset < sizeof blocks) taken[offset / sizeof blocks[0]] = false;
  else free(memory);
}
