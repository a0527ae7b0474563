/* Texts: payloads, names and small files. */
#ifndef WORDS_H
#define WORDS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* text.c: knows %s %.*s %d %lld %02x; returns the length that is there */
size_t text_format(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t text_format_list(char *text, size_t size, const char *format, va_list arguments);
void text_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool text_parse_hex(const char **at, size_t digits, uint32_t *value);
/* A decimal number; returns what is behind it, or `text` itself when there is none that fits. */
const char *text_parse_number(const char *text, int64_t *value);
struct lines {
  int fd;
  bool ended;
  size_t start, end;
  char bytes[4096];
};
bool lines_open(struct lines *lines, const char *path);
char *lines_next(struct lines *lines);
void lines_close(struct lines *lines);

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

/* hash.c: XXH64 */
struct hash {
  uint64_t lanes[4];
  uint8_t rest[32];
  size_t held;
  uint64_t total;
};
void hash_begin(struct hash *hash);
void hash_add(struct hash *hash, const uint8_t *bytes, size_t length);
/* A hole counts as its length, 8 bytes, instead of its zeros. */
void hash_add_hole(struct hash *hash, int64_t length);
uint64_t hash_end(const struct hash *hash);

/* names.c */
const char *errno_name(int error);
const char *signal_name(int number);
int signal_number(const char *name);
/* strerror() as it reads within a sentence. */
const char *error_words(int error);

#endif
