/* wait: looks at a path, port or socket until it is open (or gone). Whoever has waited long can wait a little longer:
 * the next look comes after a fixed part of what the wait has taken so far. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

#define SHORTEST_INTERVAL_US 20000
#define LONGEST_INTERVAL_US 250000
/* A look costs a fraction of a millisecond, so that this many in the time of a wait are not felt. */
#define LOOKS_PER_WAIT 32
/* One TCP attempt: dropped packets answer nothing at all. */
#define ATTEMPT_US 1000000

struct waiting {
  enum { WAIT_PATH, WAIT_TCP, WAIT_UDP, WAIT_UNIX } kind;
  bool gone;
  /* A path or a host name. */
  char target[PATH_MAX];
  uint16_t port;
  int64_t attempts, began, attempt_ends;
  struct address addresses[ADDRESSES_MAX];
  size_t count, next;
  char words[160];
};

static bool parse(struct waiting *waiting, const struct fields *fields) {
  static const char *const kinds[] = {"path", "tcp", "udp", "unix"};
  const char *kind = fields_get(fields, "kind");
  int index = 0;
  while (index < 4 && (!kind || strcmp(kind, kinds[index]) != 0)) index++;
  if (index == 4) return false;
  waiting->kind = (unsigned int)index;
  waiting->gone = fields_number(fields, "gone", 0) != 0;
  bool network = waiting->kind == WAIT_TCP || waiting->kind == WAIT_UDP;
  const char *target = fields_get(fields, network ? "host" : "path");
  int64_t port = fields_number(fields, "port", 0);
  if (!target || strlen(target) >= sizeof waiting->target || (network && (port < 1 || port > 65535))) return false;
  strcpy(waiting->target, target);
  waiting->port = (uint16_t)port;
  return true;
}

static enum opening wait_open(struct stream *stream, const struct fields *fields) {
  struct waiting *waiting = stream->state;
  if (!parse(waiting, fields)) {
    stream_fail(stream, EINVAL, "a wait request needs kind=path|unix with path, or kind=tcp|udp with host and port");
    return OPENING_ENDED;
  }
  waiting->began = monotonic_us();
  stream->due = 0;
  return OPENING_RUNS;
}

static void report(const struct stream *stream, uint8_t type) {
  const struct waiting *waiting = stream->state;
  struct reply reply = reply_begin();
  reply_number(&reply, "attempts", waiting->attempts);
  reply_text(&reply, "last", waiting->words);
  reply_send(&reply, type, stream->id);
}

static int64_t interval_after(int64_t waited) {
  int64_t part = waited / LOOKS_PER_WAIT;
  if (part < SHORTEST_INTERVAL_US) return SHORTEST_INTERVAL_US;
  return part > LONGEST_INTERVAL_US ? LONGEST_INTERVAL_US : part;
}

static void conclude(struct stream *stream, enum probe_result result) {
  struct waiting *waiting = stream->state;
  waiting->attempts++;
  if (result == (waiting->gone ? PROBE_CLOSED : PROBE_OPEN)) {
    report(stream, FRAME_DONE);
    streams_release(stream);
    return;
  }
  report(stream, FRAME_PROGRESS);
  int64_t now = monotonic_us();
  stream->due = now + interval_after(now - waiting->began);
}

static void close_attempt(struct stream *stream) {
  struct watch *watch = &stream->watch[WATCH_OUTPUT];
  if (watch->fd >= 0) close(watch->fd);
  watch->fd = -1;
}

/* Goes through the addresses of the host: one that is open decides, all must be closed. */
static void try_addresses(struct stream *stream) {
  struct waiting *waiting = stream->state;
  struct watch *watch = &stream->watch[WATCH_OUTPUT];
  close_attempt(stream);
  while (waiting->next < waiting->count) {
    bool pending = false;
    watch->fd = address_connect(&waiting->addresses[waiting->next++], &pending);
    if (pending) {
      watch->events = POLLOUT;
      stream->due = waiting->attempt_ends = monotonic_us() + ATTEMPT_US;
      return;
    }
    text_format(waiting->words, sizeof waiting->words, "%s", watch->fd >= 0 ? "open" : error_words(errno));
    if (watch->fd < 0) continue;
    close_attempt(stream);
    conclude(stream, PROBE_OPEN);
    return;
  }
  conclude(stream, PROBE_CLOSED);
}

static void finish_attempt(struct stream *stream, bool answered) {
  struct waiting *waiting = stream->state;
  int error = answered ? address_outcome(stream->watch[WATCH_OUTPUT].fd) : ETIMEDOUT;
  if (!answered) text_format(waiting->words, sizeof waiting->words, "no answer within %d ms", ATTEMPT_US / 1000);
  else text_format(waiting->words, sizeof waiting->words, "%s", error == 0 ? "open" : error_words(error));
  close_attempt(stream);
  if (error == 0) conclude(stream, PROBE_OPEN);
  else try_addresses(stream);
}

static void begin_tcp(struct stream *stream) {
  struct waiting *waiting = stream->state;
  /* Anew each time: the name may appear in /etc/hosts while we wait. */
  waiting->count = resolve_host(waiting->target, waiting->port, waiting->addresses);
  waiting->next = 0;
  if (waiting->count > 0) {
    try_addresses(stream);
    return;
  }
  text_format(waiting->words, sizeof waiting->words, "unknown host \"%s\"", waiting->target);
  conclude(stream, PROBE_UNKNOWN);
}

static void wait_pump(struct stream *stream, int64_t now) {
  struct waiting *waiting = stream->state;
  const struct watch *watch = &stream->watch[WATCH_OUTPUT];
  if (watch->fd >= 0) {
    if (watch->revents || now >= waiting->attempt_ends) finish_attempt(stream, watch->revents != 0);
    return;
  }
  switch (waiting->kind) {
    case WAIT_PATH:
      conclude(stream, probe_path(waiting->target, waiting->words, sizeof waiting->words));
      break;
    case WAIT_UNIX:
      conclude(stream, probe_unix(waiting->target, waiting->words, sizeof waiting->words));
      break;
    case WAIT_UDP:
      conclude(stream, probe_udp(waiting->target, waiting->port, waiting->words, sizeof waiting->words));
      break;
    case WAIT_TCP:
      begin_tcp(stream);
      break;
  }
}

const struct operation operation_wait = {
    .name = "wait",
    .state_size = sizeof(struct waiting),
    .open = wait_open,
    .pump = wait_pump,
};
