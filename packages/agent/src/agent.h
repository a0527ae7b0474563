/* What the agent's files share, grouped by the file that defines it. The protocol is described in PROTOCOL.md. */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define AGENT_VERSION "0.1.0"
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

/* text.c: knows %s %.*s %d %lld %02x; returns the length that is there */
size_t text_format(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t text_format_list(char *text, size_t size, const char *format, va_list arguments);
void text_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool text_parse_hex(const char **at, size_t digits, uint32_t *value);
struct lines {
  int fd;
  bool ended;
  size_t start, end;
  char bytes[4096];
};
bool lines_open(struct lines *lines, const char *path);
char *lines_next(struct lines *lines);
void lines_close(struct lines *lines);

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
bool output_is_empty(void);
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

/* fields.c: payloads of NUL-terminated key=value strings */
struct fields {
  char *bytes;
  size_t length;
};
bool fields_valid(const struct fields *fields);
/* The next value of a key after `after`, or the first one when that is NULL. */
char *fields_next(const struct fields *fields, const char *key, const char *after);
const char *fields_get(const struct fields *fields, const char *key);
int64_t fields_number(const struct fields *fields, const char *key, int64_t missing);
size_t fields_count(const struct fields *fields, const char *key);

/* reply.c: the same, written straight into the output */
struct reply {
  uint8_t *bytes;
  size_t length;
};
struct reply reply_begin(void);
void reply_text(struct reply *reply, const char *key, const char *value);
void reply_number(struct reply *reply, const char *key, int64_t value);
void reply_end_record(struct reply *reply);
void reply_send(struct reply *reply, uint8_t type, uint32_t stream);

/* names.c */
const char *errno_name(int error);
const char *signal_name(int number);
int signal_number(const char *name);
/* strerror() as it reads within a sentence. */
const char *error_words(int error);

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

/* session.c */
void session_handle(const struct frame *frame);
void session_end(void);

/* leftovers.c: pipes of ended commands that a background child still holds */
void leftovers_adopt(int fd);
size_t leftovers_count(void);
int leftovers_fd(size_t index);
void leftovers_drain(size_t index);

/* account.c */
enum { ACCOUNT_GROUPS = 64 };
struct account {
  char name[64], home[256], shell[256];
  uid_t uid;
  gid_t gid;
  gid_t groups[ACCOUNT_GROUPS];
  int group_count;
};
bool account_find(const char *name, struct account *account);

/* environment.c */
char **environment_build(const struct fields *fields, const struct account *account, bool terminal);

/* spawn.c */
struct spawn {
  char **argv, **environment;
  const char *cwd;
  /* NULL keeps the agent's own identity. */
  const struct account *account;
  int stdio[3];
  bool terminal;
};
struct spawn_error {
  int error;
  enum { SPAWN_FORK, SPAWN_TERMINAL, SPAWN_USER, SPAWN_CWD, SPAWN_EXEC } stage;
};
void spawn_prepare(void);
pid_t spawn_process(const struct spawn *spawn, struct spawn_error *failure);

/* terminal.c */
bool terminal_open(int rows, int columns, int *master, int *slave);
void terminal_resize(int master, int rows, int columns);

/* command.c */
void command_reaped(pid_t pid, int status);

/* signal.c: process groups of ended commands, whose background children may still be there */
void groups_remember(pid_t group);
void groups_forget(pid_t group);

/* paths.c */
bool path_make_parents(char *path);
bool path_make_directories(char *path);
bool path_temporary(const char *path, char *result, size_t size);

/* entry.c */
struct stat;
void entry_describe(struct reply *reply, const char *path, const struct stat *status, const char *target);

/* resolve.c */
struct address {
  struct sockaddr_storage socket;
  socklen_t length;
};
enum { ADDRESSES_MAX = 8 };
/* Literals, localhost and /etc/hosts; never DNS, which would block the loop. Returns how many were found. */
size_t resolve_host(const char *host, uint16_t port, struct address *addresses);
bool resolve_unix(const char *path, struct address *address);
/* A non-blocking attempt: a descriptor (with *pending set while it is under way) or -1 with errno. */
int address_connect(const struct address *address, bool *pending);
/* 0 when a pending attempt has succeeded, else its errno. */
int address_outcome(int fd);

/* probe.c */
enum probe_result { PROBE_OPEN, PROBE_CLOSED, PROBE_UNKNOWN };
enum probe_result probe_path(const char *path, char *words, size_t size);
enum probe_result probe_unix(const char *path, char *words, size_t size);
enum probe_result probe_udp(const char *host, uint16_t port, char *words, size_t size);

/* netlink.c */
struct link {
  int index;
  uint8_t mac[6];
  bool has_mac, up;
  char name[16];
};
int netlink_open(void);
int netlink_links(int fd, struct link *links, size_t capacity);
int netlink_rename(int fd, int index, const char *name);
int netlink_set_up(int fd, int index, bool up);
int netlink_add_address(int fd, int index, const char *cidr);

/* the operations */
extern const struct operation operation_exec, operation_write, operation_read, operation_list, operation_mkdir,
    operation_symlink, operation_wait, operation_connect, operation_configure, operation_clock,
    operation_signal;

#endif
