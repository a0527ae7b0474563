/*
 * XXH32 with seed 0 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md). Under emulation it runs at 2 GiB/s, CRC-32 with
 * tables at a fifth of that: what is copied must not wait for its checksum.
 */
#include <string.h>

#include "agent.h"

#define PRIME1 0x9e3779b1u
#define PRIME2 0x85ebca77u
#define PRIME3 0xc2b2ae3du
#define PRIME4 0x27d4eb2fu
#define PRIME5 0x165667b1u

/*
 * Inlined even in a program that is to be small: calls would cost more than the work. Not optimized further, for that
 * would mean vectors, which emulation does one by one: it took three times as long.
 */
#define ALWAYS static inline __attribute__((always_inline))

ALWAYS uint32_t rotate(uint32_t value, int bits) { return value << bits | value >> (32 - bits); }

/* Both architectures are little-endian, as XXH32 reads its words. */
ALWAYS uint32_t word_at(const uint8_t *bytes) {
  uint32_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

ALWAYS uint32_t round_of(uint32_t lane, uint32_t word) { return rotate(lane + word * PRIME2, 13) * PRIME1; }

void hash_begin(struct hash *hash) {
  *hash = (struct hash){.lanes = {PRIME1 + PRIME2, PRIME2, 0, 0u - PRIME1}};
}

static void add_stripes(struct hash *hash, const uint8_t *bytes, size_t length) {
  uint32_t a = hash->lanes[0], b = hash->lanes[1], c = hash->lanes[2], d = hash->lanes[3];
  for (; length >= 16; bytes += 16, length -= 16) {
    a = round_of(a, word_at(bytes));
    b = round_of(b, word_at(bytes + 4));
    c = round_of(c, word_at(bytes + 8));
    d = round_of(d, word_at(bytes + 12));
  }
  hash->lanes[0] = a, hash->lanes[1] = b, hash->lanes[2] = c, hash->lanes[3] = d;
}

void hash_add(struct hash *hash, const uint8_t *bytes, size_t length) {
  hash->total += length;
  if (hash->held > 0) {
    size_t missing = sizeof hash->rest - hash->held, taken = length < missing ? length : missing;
    memcpy(hash->rest + hash->held, bytes, taken);
    hash->held += taken;
    bytes += taken;
    length -= taken;
    if (hash->held < sizeof hash->rest) return;
    add_stripes(hash, hash->rest, sizeof hash->rest);
    hash->held = 0;
  }
  size_t whole = length / 16 * 16;
  add_stripes(hash, bytes, whole);
  memcpy(hash->rest, bytes + whole, length - whole);
  hash->held = length - whole;
}

void hash_add_hole(struct hash *hash, int64_t length) {
  uint8_t number[8];
  write_le32(number, (uint32_t)length);
  write_le32(number + 4, (uint32_t)(length >> 32));
  hash_add(hash, number, sizeof number);
}

uint32_t hash_end(const struct hash *hash) {
  const uint32_t *lanes = hash->lanes;
  uint32_t value = hash->total < 16 ? PRIME5
                                    : rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
  value += (uint32_t)hash->total;
  size_t at = 0;
  for (; at + 4 <= hash->held; at += 4) value = rotate(value + word_at(hash->rest + at) * PRIME3, 17) * PRIME4;
  for (; at < hash->held; at++) value = rotate(value + hash->rest[at] * PRIME5, 11) * PRIME1;
  value = (value ^ value >> 15) * PRIME2;
  value = (value ^ value >> 13) * PRIME3;
  return value ^ value >> 16;
}
