/* Reading payloads of NUL-terminated key=value strings. */
#include <string.h>

#include "agent.h"

bool fields_valid(const struct fields *fields) {
  return fields->length == 0 || fields->bytes[fields->length - 1] == '\0';
}

char *fields_next(const struct fields *fields, const char *key, const char *after) {
  size_t key_length = strlen(key);
  char *end = fields->bytes + fields->length;
  char *at = after ? (char *)after + strlen(after) + 1 : fields->bytes;
  for (; at < end; at += strlen(at) + 1) {
    if (strncmp(at, key, key_length) == 0 && at[key_length] == '=') return at + key_length + 1;
  }
  return NULL;
}

const char *fields_get(const struct fields *fields, const char *key) { return fields_next(fields, key, NULL); }

int64_t fields_number(const struct fields *fields, const char *key, int64_t missing) {
  const char *text = fields_get(fields, key);
  int64_t value;
  if (!text) return missing;
  const char *end = text_parse_number(text, &value);
  return end > text && *end == '\0' ? value : missing;
}

size_t fields_count(const struct fields *fields, const char *key) {
  size_t count = 0;
  for (char *at = fields_next(fields, key, NULL); at; at = fields_next(fields, key, at)) count++;
  return count;
}
