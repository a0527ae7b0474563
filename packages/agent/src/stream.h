/* Running operations and what they share. */
#ifndef STREAM_H
#define STREAM_H

#include "line.h"
#include "words.h"

/* streams.c */
struct watch {
  int fd;
  short events;
  short revents;
};
enum { WATCH_INPUT, WATCH_OUTPUT, WATCH_ERRORS, WATCHES };

enum opening { OPENING_ENDED, OPENING_RUNS };

struct stream {
  uint32_t id;
  const struct operation *operation;
  void *state;
  /* Bytes that the host still accepts, per channel. */
  uint32_t credit[CHANNELS];
  /* Input bytes that are dealt with, but not yet credited back. */
  uint32_t consumed;
  struct watch watch[WATCHES];
  /* When to pump even if no descriptor is ready. */
  int64_t due;
};

struct operation {
  const char *name;
  size_t state_size;
  /* Answers ERROR or DONE itself when it returns OPENING_ENDED. */
  enum opening (*open)(struct stream *stream, const struct fields *fields);
  void (*data)(struct stream *stream, const uint8_t *bytes, size_t length);
  void (*end)(struct stream *stream);
  void (*control)(struct stream *stream, const struct fields *fields);
  /* Says, before a poll, which descriptors matter and when the stream is due. */
  void (*watch)(struct stream *stream);
  void (*pump)(struct stream *stream, int64_t now);
  /* Ends what still runs and frees what the state owns. */
  void (*close)(struct stream *stream);
};

struct stream *streams_at(size_t index);
size_t streams_count(void);
struct stream *streams_find(uint32_t id);
void streams_open(uint32_t id, const struct fields *fields, uint32_t credit);
void streams_release(struct stream *stream);
void streams_release_all(void);
void stream_consumed(struct stream *stream, size_t length);
void stream_fail(struct stream *stream, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));
void stream_done(struct stream *stream);
/* Reads a producer straight into a DATA frame, within the stream's credit. Like read(): 0 at the end, -1 with errno. */
ssize_t stream_send_from(struct stream *stream, uint8_t channel, int fd, size_t limit);

/* memory.c: zeroed, like calloc(); NULL when there is none */
void *memory_take(size_t count, size_t size);
void memory_give(void *memory);

/* backlog.c: input that its consumer has not taken yet, at most INPUT_WINDOW bytes */
struct backlog {
  uint8_t *bytes;
  size_t head;
  size_t length;
};
bool backlog_add(struct backlog *backlog, const uint8_t *bytes, size_t length);
/* Writes to a non-blocking descriptor; returns bytes taken, -1 when the consumer is gone. */
ssize_t backlog_write(struct backlog *backlog, int fd);
void backlog_free(struct backlog *backlog);

/* leftovers.c: pipes of ended commands that a background child still holds */
void leftovers_adopt(int fd);
size_t leftovers_count(void);
int leftovers_fd(size_t index);
void leftovers_drain(size_t index);

/* the operations */
extern const struct operation operation_exec, operation_write, operation_read, operation_list, operation_mkdir,
    operation_symlink, operation_wait, operation_connect, operation_configure, operation_clock,
    operation_signal, operation_reseed, operation_echo, operation_link;

#endif
