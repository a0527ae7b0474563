/*
 * Formatting and reading of small texts. The C library's printf and stdio alone would be a third of the program:
 * they bring floating point, wide characters and locks along; strtol and its kin bring a scanner of 3 KB.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

struct sink {
  char *text;
  size_t size, length;
};

static void put(struct sink *sink, const char *bytes, size_t length) {
  size_t room = sink->size - 1 - sink->length;
  if (length > room) length = room;
  memcpy(sink->text + sink->length, bytes, length);
  sink->length += length;
}

static void put_number(struct sink *sink, uint64_t value, unsigned int base, size_t digits) {
  char reversed[24];
  size_t at = sizeof reversed;
  do {
    reversed[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value > 0 || sizeof reversed - at < digits);
  put(sink, reversed + at, sizeof reversed - at);
}

static void put_signed(struct sink *sink, int64_t value) {
  if (value < 0) put(sink, "-", 1);
  put_number(sink, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, 1);
}

size_t text_format_list(char *text, size_t size, const char *format, va_list arguments) {
  struct sink sink = {text, size, 0};
  while (*format) {
    size_t plain = strcspn(format, "%");
    put(&sink, format, plain);
    format += plain;
    if (!*format) break;
    if (strncmp(format, "%s", 2) == 0) {
      const char *string = va_arg(arguments, const char *);
      put(&sink, string, strlen(string));
      format += 2;
    } else if (strncmp(format, "%.*s", 4) == 0) {
      size_t length = (size_t)va_arg(arguments, int);
      put(&sink, va_arg(arguments, const char *), length);
      format += 4;
    } else if (strncmp(format, "%02x", 4) == 0) {
      put_number(&sink, va_arg(arguments, unsigned int), 16, 2);
      format += 4;
    } else if (strncmp(format, "%lld", 4) == 0) {
      put_signed(&sink, va_arg(arguments, long long));
      format += 4;
    } else {
      /* "%d" */
      put_signed(&sink, va_arg(arguments, int));
      format += 2;
    }
  }
  text[sink.length] = '\0';
  return sink.length;
}

size_t text_format(char *text, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t length = text_format_list(text, size, format, arguments);
  va_end(arguments);
  return length;
}

void text_complain(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  size_t length = text_format_list(text, sizeof text, format, arguments);
  va_end(arguments);
  /* Nowhere else to complain. */
  if (write(STDERR_FILENO, text, length) < 0) return;
}

bool text_parse_hex(const char **at, size_t digits, uint32_t *value) {
  *value = 0;
  for (size_t index = 0; index < digits; index++, (*at)++) {
    char lower = (char)(**at | 0x20);
    uint32_t digit = **at >= '0' && **at <= '9' ? (uint32_t)(**at - '0') : (uint32_t)(lower - 'a' + 10);
    if (digit > 15 || (digit > 9 && (lower < 'a' || lower > 'f'))) return false;
    *value = *value << 4 | digit;
  }
  return true;
}

const char *text_parse_number(const char *text, int64_t *value) {
  bool negative = *text == '-';
  const char *at = text + negative, *first = at;
  uint64_t sum = 0;
  for (; *at >= '0' && *at <= '9'; at++) {
    uint64_t digit = (uint64_t)(*at - '0');
    if (sum > ((uint64_t)INT64_MAX - digit) / 10) return text;
    sum = sum * 10 + digit;
  }
  *value = negative ? -(int64_t)sum : (int64_t)sum;
  return at > first ? at : text;
}

bool lines_open(struct lines *lines, const char *path) {
  *lines = (struct lines){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  return lines->fd >= 0;
}

char *lines_next(struct lines *lines) {
  for (;;) {
    char *line = lines->bytes + lines->start;
    char *newline = memchr(line, '\n', lines->end - lines->start);
    bool full = lines->start == 0 && lines->end == sizeof lines->bytes - 1;
    if (newline || (lines->ended && line < lines->bytes + lines->end) || full) {
      char *end = newline ? newline : lines->bytes + lines->end;
      *end = '\0';
      lines->start = (size_t)(end - lines->bytes) + (newline ? 1 : 0);
      return line;
    }
    if (lines->ended) return NULL;
    memmove(lines->bytes, line, lines->end - lines->start);
    lines->end -= lines->start;
    lines->start = 0;
    ssize_t length = read(lines->fd, lines->bytes + lines->end, sizeof lines->bytes - 1 - lines->end);
    if (length > 0) lines->end += (size_t)length;
    else lines->ended = true;
  }
}

void lines_close(struct lines *lines) {
  if (lines->fd >= 0) close(lines->fd);
}
