/* The table of running operations. The host chooses the ids; nothing is allocated beyond STREAMS_MAX of them. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

static struct stream table[STREAMS_MAX];
/* Slots beyond this one are free. */
static size_t used;

static const struct operation *const operations[] = {
    &operation_exec,    &operation_write, &operation_read,    &operation_list,      &operation_mkdir,
    &operation_symlink, &operation_wait,  &operation_connect, &operation_configure, &operation_clock,
    &operation_signal,  &operation_reseed, &operation_echo,  &operation_link,
};

struct stream *streams_at(size_t index) { return table[index].id ? &table[index] : NULL; }

size_t streams_count(void) { return used; }

struct stream *streams_find(uint32_t id) {
  for (size_t index = 0; index < used; index++) {
    if (id != 0 && table[index].id == id) return &table[index];
  }
  return NULL;
}

static struct stream *allocate(uint32_t id, uint32_t credit) {
  for (size_t index = 0; index < STREAMS_MAX; index++) {
    if (table[index].id != 0) continue;
    if (index >= used) used = index + 1;
    table[index] = (struct stream){.id = id, .credit = {credit, credit}, .due = NEVER};
    for (int watch = 0; watch < WATCHES; watch++) table[index].watch[watch].fd = -1;
    return &table[index];
  }
  return NULL;
}

static const struct operation *operation_named(const char *name) {
  for (size_t index = 0; index < sizeof operations / sizeof operations[0]; index++) {
    if (strcmp(operations[index]->name, name) == 0) return operations[index];
  }
  return NULL;
}

void streams_open(uint32_t id, const struct fields *fields, uint32_t credit) {
  struct stream unborn = {.id = id};
  const char *name = fields_get(fields, "op");
  const struct operation *operation = operation_named(name ? name : "");
  if (!operation) {
    stream_fail(&unborn, ENOSYS, "this agent (%s) does not know the operation \"%s\"", AGENT_VERSION, name ? name : "");
    return;
  }
  struct stream *stream = allocate(id, credit);
  if (!stream) {
    stream_fail(&unborn, EAGAIN, "%d operations run already, which is the most this agent runs at once", STREAMS_MAX);
    return;
  }
  if (operation->state_size > 0 && !(stream->state = memory_take(1, operation->state_size))) {
    stream_fail(stream, ENOMEM, "the guest has no memory for another operation");
    streams_release(stream);
    return;
  }
  stream->operation = operation;
  if (operation->open(stream, fields) == OPENING_ENDED) streams_release(stream);
}

void streams_release(struct stream *stream) {
  if (stream->operation && stream->operation->close) stream->operation->close(stream);
  for (int watch = 0; watch < WATCHES; watch++) {
    if (stream->watch[watch].fd >= 0) close(stream->watch[watch].fd);
  }
  memory_give(stream->state);
  stream->id = 0;
  while (used > 0 && table[used - 1].id == 0) used--;
}

void streams_release_all(void) {
  for (size_t index = STREAMS_MAX; index-- > 0;) {
    if (table[index].id != 0) streams_release(&table[index]);
  }
}

void stream_consumed(struct stream *stream, size_t length) {
  stream->consumed += (uint32_t)length;
  if (stream->consumed < INPUT_WINDOW / 4) return;
  uint8_t payload[4];
  write_le32(payload, stream->consumed);
  stream->consumed = 0;
  output_frame(FRAME_CREDIT, CHANNEL_MAIN, stream->id, payload, sizeof payload);
}

void stream_fail(struct stream *stream, int error, const char *format, ...) {
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  text_format_list(message, sizeof message, format, arguments);
  va_end(arguments);
  struct reply reply = reply_begin();
  reply_text(&reply, "code", errno_name(error));
  reply_text(&reply, "reason", error_words(error));
  reply_text(&reply, "message", message);
  reply_send(&reply, FRAME_ERROR, stream->id);
}

void stream_done(struct stream *stream) { output_frame(FRAME_DONE, 0, stream->id, NULL, 0); }

ssize_t stream_send_from(struct stream *stream, uint8_t channel, int fd, size_t limit) {
  if (limit > DATA_CHUNK) limit = DATA_CHUNK;
  if (limit > stream->credit[channel]) limit = stream->credit[channel];
  if (limit == 0 || !output_has_room()) {
    errno = EAGAIN;
    return -1;
  }
  ssize_t length = read(fd, output_begin(), limit);
  if (length > 0) {
    output_commit(FRAME_DATA, channel, stream->id, (size_t)length);
    stream->credit[channel] -= (uint32_t)length;
  }
  return length;
}
