/*
 * XXH64 with seed 0 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md). Under emulation it runs at 5 GiB/s, XXH32 at 2, CRC-32
 * with tables at half a one: what is copied must not wait for its checksum.
 */
#include <string.h>

#include "agent.h"

#define PRIME1 0x9e3779b185ebca87u
#define PRIME2 0xc2b2ae3d27d4eb4fu
#define PRIME3 0x165667b19e3779f9u
#define PRIME4 0x85ebca77c2b2ae63u
#define PRIME5 0x27d4eb2f165667c5u

enum { STRIPE = sizeof(((struct hash *)0)->rest) };

/*
 * Inlined even in a program that is to be small: calls would cost more than the work. Not optimized further, for that
 * would mean vectors, which emulation does one by one: it took three times as long.
 */
#define ALWAYS static inline __attribute__((always_inline))

ALWAYS uint64_t rotate(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

/* Both architectures are little-endian, as XXH64 reads its words. */
ALWAYS uint64_t word_at(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

ALWAYS uint64_t round_of(uint64_t lane, uint64_t word) { return rotate(lane + word * PRIME2, 31) * PRIME1; }

void hash_begin(struct hash *hash) {
  *hash = (struct hash){.lanes = {PRIME1 + PRIME2, PRIME2, 0, 0u - PRIME1}};
}

/* At least one. Emulation ends a block of code at each jump, so there is only the one at the end. */
static void add_stripes(struct hash *hash, const uint8_t *bytes, size_t length) {
  uint64_t a = hash->lanes[0], b = hash->lanes[1], c = hash->lanes[2], d = hash->lanes[3];
  const uint8_t *end = bytes + length;
  do {
    a = round_of(a, word_at(bytes));
    b = round_of(b, word_at(bytes + 8));
    c = round_of(c, word_at(bytes + 16));
    d = round_of(d, word_at(bytes + 24));
    bytes += STRIPE;
  } while (bytes != end);
  hash->lanes[0] = a, hash->lanes[1] = b, hash->lanes[2] = c, hash->lanes[3] = d;
}

void hash_add(struct hash *hash, const uint8_t *bytes, size_t length) {
  hash->total += length;
  if (hash->held > 0) {
    size_t missing = STRIPE - hash->held, taken = length < missing ? length : missing;
    memcpy(hash->rest + hash->held, bytes, taken);
    hash->held += taken;
    bytes += taken;
    length -= taken;
    if (hash->held < STRIPE) return;
    add_stripes(hash, hash->rest, STRIPE);
    hash->held = 0;
  }
  size_t whole = length / STRIPE * STRIPE;
  if (whole > 0) add_stripes(hash, bytes, whole);
  memcpy(hash->rest, bytes + whole, length - whole);
  hash->held = length - whole;
}

void hash_add_hole(struct hash *hash, int64_t length) {
  uint8_t number[8];
  write_le32(number, (uint32_t)length);
  write_le32(number + 4, (uint32_t)(length >> 32));
  hash_add(hash, number, sizeof number);
}

static uint64_t merged(const uint64_t *lanes) {
  uint64_t value = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
  for (int lane = 0; lane < 4; lane++) value = (value ^ round_of(0, lanes[lane])) * PRIME1 + PRIME4;
  return value;
}

uint64_t hash_end(const struct hash *hash) {
  uint64_t value = (hash->total < STRIPE ? PRIME5 : merged(hash->lanes)) + hash->total;
  const uint8_t *at = hash->rest, *end = at + hash->held;
  for (; end - at >= 8; at += 8) value = rotate(value ^ round_of(0, word_at(at)), 27) * PRIME1 + PRIME4;
  for (; end - at >= 4; at += 4) value = rotate(value ^ read_le32(at) * PRIME1, 23) * PRIME2 + PRIME3;
  for (; at < end; at++) value = rotate(value ^ *at * PRIME5, 11) * PRIME1;
  value = (value ^ value >> 33) * PRIME2;
  value = (value ^ value >> 29) * PRIME3;
  return value ^ value >> 32;
}
