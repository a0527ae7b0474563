/* The line to the host: frames in, frames out. The protocol is described in PROTOCOL.md. */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* AGENT_VERSION comes from package.json, by way of build.mjs. */
#define DEFAULT_PORT "org.vitest-machines.agent"

enum {
  PROTOCOL_VERSION = 1,
  HEADER_SIZE = 16,
  PAYLOAD_MAX = 32 * 1024,
  /* An OPEN request may span several frames, so that a long script fits. */
  REQUEST_MAX = 256 * 1024,
  /* Bytes that the host may send on a stream before they are credited back. */
  INPUT_WINDOW = 64 * 1024,
  /* One read of a producer: small, so that streams take turns often. */
  DATA_CHUNK = 16 * 1024,
  STREAMS_MAX = 256,
  LEFTOVERS_MAX = 256,
};

enum frame_type {
  FRAME_HELLO = 1,
  FRAME_WELCOME = 2,
  FRAME_READY = 3,
  FRAME_PING = 4,
  FRAME_PONG = 5,
  FRAME_OPEN = 6,
  FRAME_OPENED = 7,
  FRAME_DATA = 8,
  FRAME_EOF = 9,
  FRAME_CREDIT = 10,
  FRAME_CONTROL = 11,
  FRAME_PROGRESS = 12,
  FRAME_DONE = 13,
  FRAME_ERROR = 14,
  FRAME_CLOSE = 15,
  FRAME_TYPE_MAX = FRAME_CLOSE,
};

/* On DATA, EOF and CREDIT the flags are the channel; on OPEN, 1 means that the request goes on in the next frame. */
enum { CHANNEL_MAIN = 0, CHANNEL_STDERR = 1, CHANNELS = 2, FLAG_MORE = 1, FLAGS_MAX = 1 };

struct frame {
  uint8_t type;
  uint8_t flags;
  uint32_t stream;
  uint32_t length;
  const uint8_t *payload;
};

/* bytes.c */
uint32_t read_le32(const uint8_t *from);
void write_le32(uint8_t *to, uint32_t value);
void crc32_prepare(void);
uint32_t crc32_of(uint32_t seed, const uint8_t *bytes, size_t length);

/* clock.c: microseconds on the monotonic clock */
#define NEVER INT64_MAX
int64_t monotonic_us(void);

/* input.c: what arrives from the host */
void input_reset(void);
ssize_t input_read(int fd);
bool input_next(struct frame *frame);
uint64_t input_dropped(void);

/* output.c: what goes to the host. Whoever adds a frame checks for room first. */
bool output_has_room(void);
/* When to send what is queued: 0 for now, NEVER when there is nothing. */
int64_t output_due(void);
/* Where up to PAYLOAD_MAX bytes may be put before output_commit() makes a frame of them. */
uint8_t *output_begin(void);
void output_commit(uint8_t type, uint8_t flags, uint32_t stream, size_t length);
void output_frame(uint8_t type, uint8_t flags, uint32_t stream, const void *payload, size_t length);
/* Writes what it can. False when the host is gone. */
bool output_flush(int fd);
/* Drops what no host has begun to receive. */
void output_drop_unsent(void);
void output_reset(void);

/* transport.c: the line to the host */
bool transport_select(int argc, char **argv);
/* The line while a host is there, else -1. */
int transport_fd(void);
/* What becomes readable when a host arrives, else -1. */
int transport_doorbell(void);
/* Call after the end of the line or an error on it. */
void transport_lost(void);
/* Looks for a host on an absent line; returns when to call again. */
int64_t transport_revive(int64_t now);

/* session.c. Prepared is what would cost milliseconds in a machine that was just restored. */
void session_prepare(void);
void session_handle(const struct frame *frame);
void session_end(void);

#endif
