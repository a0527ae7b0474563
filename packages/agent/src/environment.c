/* The environment of a command: what the request says, over what a login would set. Nothing else leaks in. */
#include <stdlib.h>
#include <string.h>

#include "agent.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum { DEFAULTS = 6, DEFAULT_SIZE = 1024 };

static bool has(char **environment, size_t count, const char *entry) {
  size_t key_length = strcspn(entry, "=") + 1;
  for (size_t index = 0; index < count; index++) {
    if (strncmp(environment[index], entry, key_length) == 0) return true;
  }
  return false;
}

char **environment_build(const struct fields *fields, const struct account *account, bool terminal) {
  static char defaults[DEFAULTS][DEFAULT_SIZE];
  /* Distributions such as NixOS keep programs elsewhere and start the agent with the right PATH. */
  const char *path = getenv("PATH");
  text_format(defaults[0], DEFAULT_SIZE, "PATH=%s", path && *path ? path : DEFAULT_PATH);
  text_format(defaults[1], DEFAULT_SIZE, "HOME=%s", account->home);
  text_format(defaults[2], DEFAULT_SIZE, "USER=%s", account->name);
  text_format(defaults[3], DEFAULT_SIZE, "LOGNAME=%s", account->name);
  text_format(defaults[4], DEFAULT_SIZE, "SHELL=%s", account->shell);
  text_format(defaults[5], DEFAULT_SIZE, "TERM=%s", terminal ? "xterm" : "dumb");

  size_t count = 0;
  char **environment = memory_take(fields_count(fields, "env") + DEFAULTS + 1, sizeof *environment);
  if (!environment) return NULL;
  for (char *at = fields_next(fields, "env", NULL); at; at = fields_next(fields, "env", at)) environment[count++] = at;
  for (int index = 0; index < DEFAULTS; index++) {
    if (!has(environment, count, defaults[index])) environment[count++] = defaults[index];
  }
  return environment;
}
