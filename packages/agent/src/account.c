/* Users of the guest, from its own passwd and group files. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

enum { PASSWD_FIELDS = 7, GROUP_FIELDS = 4 };

/* Cuts "name:x:1000:…" in place. False when it has fewer fields. */
static bool cut(char *line, char **fields, int count) {
  for (int index = 0; index < count; index++) {
    fields[index] = line;
    char *colon = strchr(line, ':');
    if (!colon) return index == count - 1;
    if (index < count - 1) *colon = '\0';
    line = colon + 1;
  }
  return true;
}

static void keep(char *place, size_t size, const char *text, const char *otherwise) {
  text_format(place, size, "%s", *text ? text : otherwise);
}

static bool lists(const char *members, const char *name) {
  size_t length = strlen(name);
  for (const char *at = members; *at; at += *at == ',') {
    size_t here = strcspn(at, ",");
    if (here == length && strncmp(at, name, length) == 0) return true;
    at += here;
  }
  return false;
}

static int64_t id_of(const char *text) {
  int64_t id = 0;
  text_parse_number(text, &id);
  return id;
}

static void find_groups(struct account *account) {
  struct lines lines;
  account->groups[account->group_count++] = account->gid;
  if (!lines_open(&lines, "/etc/group")) return;
  for (char *line; (line = lines_next(&lines)) && account->group_count < ACCOUNT_GROUPS;) {
    char *fields[GROUP_FIELDS];
    if (cut(line, fields, GROUP_FIELDS) && lists(fields[3], account->name))
      account->groups[account->group_count++] = (gid_t)id_of(fields[2]);
  }
  lines_close(&lines);
}

bool account_find(const char *name, struct account *account) {
  struct lines lines;
  bool found = false;
  /* An image without a passwd file still has root. */
  *account = (struct account){.name = "root", .home = "/root", .shell = "/bin/sh"};
  if (lines_open(&lines, "/etc/passwd")) {
    for (char *line; !found && (line = lines_next(&lines));) {
      char *fields[PASSWD_FIELDS];
      if (!cut(line, fields, PASSWD_FIELDS)) continue;
      uid_t uid = (uid_t)id_of(fields[2]);
      found = name ? strcmp(fields[0], name) == 0 : uid == getuid();
      if (!found) continue;
      account->uid = uid;
      account->gid = (gid_t)id_of(fields[3]);
      keep(account->name, sizeof account->name, fields[0], "");
      keep(account->home, sizeof account->home, fields[5], "/");
      keep(account->shell, sizeof account->shell, fields[6], "/bin/sh");
    }
    lines_close(&lines);
  }
  if (found && name) find_groups(account);
  return found || !name;
}
