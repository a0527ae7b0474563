/* Little-endian numbers and CRC-32 (the zlib polynomial, so that the host can use its own zlib). */
#include "agent.h"

/* Four bytes a step: under emulation the checksum would otherwise cost as much as the copying. */
static uint32_t table[4][256];

uint32_t read_le32(const uint8_t *from) {
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

void write_le32(uint8_t *to, uint32_t value) {
  for (int index = 0; index < 4; index++) to[index] = (uint8_t)(value >> (8 * index));
}

void crc32_prepare(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t remainder = byte;
    for (int bit = 0; bit < 8; bit++) remainder = remainder & 1 ? remainder >> 1 ^ 0xedb88320u : remainder >> 1;
    table[0][byte] = remainder;
  }
  for (int step = 1; step < 4; step++) {
    for (int byte = 0; byte < 256; byte++) {
      uint32_t previous = table[step - 1][byte];
      table[step][byte] = previous >> 8 ^ table[0][previous & 255];
    }
  }
}

uint32_t crc32_of(uint32_t seed, const uint8_t *bytes, size_t length) {
  uint32_t crc = ~seed;
  for (; length >= 4; bytes += 4, length -= 4) {
    crc ^= read_le32(bytes);
    crc = table[3][crc & 255] ^ table[2][crc >> 8 & 255] ^ table[1][crc >> 16 & 255] ^ table[0][crc >> 24];
  }
  while (length-- > 0) crc = crc >> 8 ^ table[0][(crc ^ *bytes++) & 255];
  return ~crc;
}
