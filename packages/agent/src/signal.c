/* signal: reaches what an ended command has left behind in its process group, and nothing else. */
#include <errno.h>
#include <signal.h>

#include "agent.h"

/* A group's number stays taken while it has members; a few of them are enough, as hosts ask right after the end. */
enum { GROUPS_MAX = 64 };

static pid_t groups[GROUPS_MAX];
static size_t next;

void groups_remember(pid_t group) { groups[next++ % GROUPS_MAX] = group; }

void groups_forget(pid_t group) {
  for (int index = 0; index < GROUPS_MAX; index++) {
    if (groups[index] == group) groups[index] = 0;
  }
}

static bool remembers(pid_t group) {
  for (int index = 0; index < GROUPS_MAX; index++) {
    if (group > 0 && groups[index] == group) return true;
  }
  return false;
}

static enum opening signal_open(struct stream *stream, const struct fields *fields) {
  pid_t group = (pid_t)fields_number(fields, "group", 0);
  const char *name = fields_get(fields, "signal");
  int signal = name ? signal_number(name) : 0;
  if (signal == 0) stream_fail(stream, EINVAL, "there is no signal named \"%s\"", name ? name : "");
  else if (!remembers(group)) stream_fail(stream, ESRCH, "%d is no process group of a command that has ended", group);
  else if (kill(-group, signal) != 0) stream_fail(stream, errno, "the group %d has no process any more", group);
  else stream_done(stream);
  return OPENING_ENDED;
}

const struct operation operation_signal = {.name = "signal", .open = signal_open};
