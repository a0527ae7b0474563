/* Time: the loop's own, and setting the guest's wall clock. */
#include <errno.h>
#include <time.h>

#include "agent.h"

static int64_t microseconds(const struct timespec *time) {
  return (int64_t)time->tv_sec * 1000000 + time->tv_nsec / 1000;
}

int64_t monotonic_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return microseconds(&now);
}

static enum opening clock_open(struct stream *stream, const struct fields *fields) {
  int64_t epoch = fields_number(fields, "epoch", -1);
  if (epoch < 0) {
    stream_fail(stream, EINVAL, "a clock request needs epoch, in microseconds since 1970");
    return OPENING_ENDED;
  }
  struct timespec before, time = {.tv_sec = (time_t)(epoch / 1000000), .tv_nsec = (long)(epoch % 1000000) * 1000};
  clock_gettime(CLOCK_REALTIME, &before);
  if (clock_settime(CLOCK_REALTIME, &time) != 0) {
    stream_fail(stream, errno, "cannot set the clock");
    return OPENING_ENDED;
  }
  struct reply reply = reply_begin();
  reply_number(&reply, "before", microseconds(&before));
  reply_send(&reply, FRAME_DONE, stream->id);
  return OPENING_ENDED;
}

const struct operation operation_clock = {.name = "clock", .open = clock_open};
