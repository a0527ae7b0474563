/* One conversation with one host: begins with HELLO, ends with the next HELLO or when the host goes away. */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "agent.h"

/* Credit is a sum of what the host grants: this keeps a confused host from overflowing it. */
#define CREDIT_MAX (1u << 30)

static struct {
  /* Empty while there is no session. */
  char nonce[72];
  uint32_t credit;
} session;

static struct {
  char bytes[REQUEST_MAX];
  size_t length;
  /* 0 when no request is being put together. */
  uint32_t stream;
} request;

void session_end(void) {
  session.nonce[0] = '\0';
  request.stream = 0;
  streams_release_all();
}

/*
 * What WELCOME tells does not change while a guest runs, so it is read once: in a machine that was just restored under
 * emulation, kernel code that has not run since costs milliseconds, and the path through /proc is a long one.
 */
static char boot_id[48];
static struct utsname system;

void session_prepare(void) {
  struct lines lines;
  char *line = lines_open(&lines, "/proc/sys/kernel/random/boot_id") ? lines_next(&lines) : NULL;
  text_format(boot_id, sizeof boot_id, "%s", line ? line : "");
  lines_close(&lines);
  uname(&system);
}

static void welcome(void) {
  struct reply reply = reply_begin();
  reply_text(&reply, "nonce", session.nonce);
  reply_number(&reply, "protocol", PROTOCOL_VERSION);
  reply_text(&reply, "agent", AGENT_VERSION);
  reply_text(&reply, "boot", boot_id);
  reply_text(&reply, "kernel", system.release);
  reply_text(&reply, "architecture", system.machine);
  reply_number(&reply, "window", INPUT_WINDOW);
  reply_number(&reply, "dropped", (int64_t)input_dropped());
  reply_send(&reply, FRAME_WELCOME, 0);
}

static void hello(const struct fields *fields) {
  const char *nonce = fields_get(fields, "nonce");
  if (!nonce || !*nonce || strlen(nonce) >= sizeof session.nonce) return;
  /* A host repeats its HELLO until it is welcomed: the same nonce again must not end what it has begun since. */
  if (strcmp(nonce, session.nonce) != 0) {
    session_end();
    output_drop_unsent();
    strcpy(session.nonce, nonce);
    int64_t credit = fields_number(fields, "credit", 0);
    session.credit = credit < 0 ? 0 : credit > CREDIT_MAX ? CREDIT_MAX : (uint32_t)credit;
  }
  welcome();
}

static void open_stream(const struct frame *frame) {
  bool continues = request.stream != 0 && request.stream == frame->stream;
  if (!continues) request.length = 0;
  struct fields fields = {(char *)frame->payload, frame->length};
  if (continues || frame->flags & FLAG_MORE) {
    if (frame->length > sizeof request.bytes - request.length) {
      request.stream = 0;
      stream_fail(&(struct stream){.id = frame->stream}, E2BIG, "a request may have at most %d bytes",
                  REQUEST_MAX);
      return;
    }
    memcpy(request.bytes + request.length, frame->payload, frame->length);
    request.length += frame->length;
    request.stream = frame->flags & FLAG_MORE ? frame->stream : 0;
    if (request.stream != 0) return;
    fields = (struct fields){request.bytes, request.length};
  }
  if (frame->stream == 0 || streams_find(frame->stream) || !fields_valid(&fields)) return;
  streams_open(frame->stream, &fields, session.credit);
}

static void credit(struct stream *stream, const struct frame *frame) {
  if (frame->length != 4) return;
  uint32_t more = read_le32(frame->payload);
  uint32_t *have = &stream->credit[frame->flags];
  *have = more > CREDIT_MAX - *have ? CREDIT_MAX : *have + more;
}

static void pass_to_stream(struct stream *stream, const struct frame *frame, const struct fields *fields) {
  const struct operation *operation = stream->operation;
  switch (frame->type) {
    case FRAME_DATA:
      if (operation->data) operation->data(stream, frame->payload, frame->length);
      break;
    case FRAME_EOF:
      if (operation->end) operation->end(stream);
      break;
    case FRAME_CREDIT:
      credit(stream, frame);
      break;
    case FRAME_CONTROL:
      if (operation->control && fields_valid(fields)) operation->control(stream, fields);
      break;
    case FRAME_CLOSE:
      streams_release(stream);
      break;
  }
}

void session_handle(const struct frame *frame) {
  struct fields fields = {(char *)frame->payload, frame->length};
  if (frame->type == FRAME_HELLO) {
    if (fields_valid(&fields)) hello(&fields);
    return;
  }
  if (session.nonce[0] == '\0') return;
  if (frame->type == FRAME_OPEN) {
    open_stream(frame);
    return;
  }
  request.stream = 0;
  if (frame->type == FRAME_PING) {
    output_frame(FRAME_PONG, 0, 0, frame->payload, frame->length < 64 ? frame->length : 64);
    return;
  }
  /* A frame for a stream that has just ended is no error: it was under way when the end was sent. */
  struct stream *stream = streams_find(frame->stream);
  if (stream) pass_to_stream(stream, frame, &fields);
}
