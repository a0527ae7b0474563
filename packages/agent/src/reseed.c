/* reseed: random bytes of the host go into the kernel's pool, and its generator starts anew from them at once. */
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>

#include "agent.h"

/* Less would not make up a key of the generator, and more cannot make it better. */
enum { SEED_MIN = 32, SEED_MAX = 64 };

/* As the kernel's struct rand_pool_info, with room. */
struct seed {
  int bits, size;
  uint8_t bytes[SEED_MAX];
};

static bool parse_seed(const char *hex, struct seed *seed) {
  while (hex && *hex && seed->size < SEED_MAX) {
    uint32_t byte;
    if (!text_parse_hex(&hex, 2, &byte)) return false;
    seed->bytes[seed->size++] = (uint8_t)byte;
  }
  seed->bits = seed->size * 8;
  return hex && !*hex && seed->size >= SEED_MIN;
}

static int random_device = -1;

void reseed_prepare(void) { random_device = open("/dev/urandom", O_RDONLY | O_CLOEXEC); }

static enum opening reseed_open(struct stream *stream, const struct fields *fields) {
  struct seed seed = {0};
  if (!parse_seed(fields_get(fields, "seed"), &seed)) {
    stream_fail(stream, EINVAL, "a reseed request needs seed, %d to %d bytes in hexadecimal digits", SEED_MIN, SEED_MAX);
    return OPENING_ENDED;
  }
  if (random_device < 0) reseed_prepare();
  if (random_device < 0) stream_fail(stream, errno, "cannot open /dev/urandom: %s", error_words(errno));
  else if (ioctl(random_device, RNDADDENTROPY, &seed) != 0)
    stream_fail(stream, errno, "the kernel takes no entropy: %s", error_words(errno));
  /* Without this the generator would go on with its old key, the same in every copy, for up to a minute. */
  else if (ioctl(random_device, RNDRESEEDCRNG) != 0)
    stream_fail(stream, errno, "the kernel does not reseed its generator: %s", error_words(errno));
  else stream_done(stream);
  return OPENING_ENDED;
}

const struct operation operation_reseed = {.name = "reseed", .open = reseed_open};
