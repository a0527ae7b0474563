/* Writing payloads of NUL-terminated key=value strings, straight into the output queue. */
#include <string.h>

#include "agent.h"

struct reply reply_begin(void) { return (struct reply){output_begin(), 0}; }

void reply_text(struct reply *reply, const char *key, const char *value) {
  size_t key_length = strlen(key), value_length = strlen(value);
  size_t room = PAYLOAD_MAX - reply->length;
  if (key_length + 2 > room) return;
  if (key_length + value_length + 2 > room) value_length = room - key_length - 2;
  uint8_t *to = reply->bytes + reply->length;
  memcpy(to, key, key_length);
  to[key_length] = '=';
  memcpy(to + key_length + 1, value, value_length);
  to[key_length + 1 + value_length] = '\0';
  reply->length += key_length + value_length + 2;
}

void reply_number(struct reply *reply, const char *key, int64_t value) {
  char text[24];
  text_format(text, sizeof text, "%lld", (long long)value);
  reply_text(reply, key, text);
}

void reply_end_record(struct reply *reply) {
  if (reply->length < PAYLOAD_MAX) reply->bytes[reply->length++] = '\0';
}

void reply_send(struct reply *reply, uint8_t type, uint32_t stream) { output_commit(type, 0, stream, reply->length); }
