/* exec, the first half: from a request to a process with its pipes or terminal. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"

static bool open_stdio(struct stream *stream, const struct fields *fields, int *stdio) {
  struct command *command = stream->state;
  stdio[0] = stdio[1] = stdio[2] = -1;
  if (command->terminal) {
    int rows = (int)fields_number(fields, "rows", 24), columns = (int)fields_number(fields, "columns", 80);
    return terminal_open(rows, columns, &stream->watch[WATCH_OUTPUT].fd, &stdio[0]) &&
           (stdio[1] = stdio[2] = stdio[0]) >= 0;
  }
  for (int which = 0; which < 3; which++) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    int ours = which == WATCH_INPUT ? ends[1] : ends[0];
    stdio[which] = which == WATCH_INPUT ? ends[0] : ends[1];
    fcntl(ours, F_SETFL, O_NONBLOCK);
    stream->watch[which].fd = ours;
  }
  return true;
}

static void close_stdio(const struct command *command, const int *stdio) {
  for (int which = 0; which < (command->terminal ? 1 : 3); which++) {
    if (stdio[which] >= 0) close(stdio[which]);
  }
}

static void report_failure(struct stream *stream, const struct fields *fields, const struct spawn *spawn,
                           const struct spawn_error *failure) {
  const char *words = error_words(failure->error);
  const char *user = fields_get(fields, "user");
  switch (failure->stage) {
    case SPAWN_FORK:
      stream_fail(stream, failure->error, "cannot start a process: %s", words);
      break;
    case SPAWN_TERMINAL:
      stream_fail(stream, failure->error, "cannot give the command a terminal: %s", words);
      break;
    case SPAWN_USER:
      stream_fail(stream, failure->error, "cannot become user \"%s\": %s", user ? user : "", words);
      break;
    case SPAWN_CWD:
      stream_fail(stream, failure->error, "cannot change to directory \"%s\": %s", spawn->cwd, words);
      break;
    case SPAWN_EXEC:
      stream_fail(stream, failure->error, "cannot run \"%s\": %s", spawn->argv[0], words);
      break;
  }
}

static bool start(struct stream *stream, const struct fields *fields, struct spawn *spawn) {
  struct command *command = stream->state;
  struct spawn_error failure;
  if (!open_stdio(stream, fields, spawn->stdio)) {
    failure = (struct spawn_error){errno, command->terminal ? SPAWN_TERMINAL : SPAWN_FORK};
    command->pid = -1;
  } else {
    command->started = monotonic_us();
    command->pid = spawn_process(spawn, &failure);
  }
  close_stdio(command, spawn->stdio);
  if (command->pid < 0) report_failure(stream, fields, spawn, &failure);
  return command->pid > 0;
}

enum opening command_open(struct stream *stream, const struct fields *fields) {
  struct command *command = stream->state;
  const char *user = fields_get(fields, "user"), *cwd = fields_get(fields, "cwd");
  struct account account;
  size_t count = fields_count(fields, "arg");
  if (count == 0) {
    stream_fail(stream, EINVAL, "an exec request needs at least one arg");
    return OPENING_ENDED;
  }
  if (!account_find(user, &account)) {
    stream_fail(stream, ENOENT, "the guest has no user named \"%s\"", user);
    return OPENING_ENDED;
  }
  command->terminal = fields_number(fields, "terminal", 0) != 0;
  char **environment = environment_build(fields, &account, command->terminal);
  char **argv = memory_take(count + 1, sizeof *argv);
  struct spawn spawn = {
      .argv = argv,
      .environment = environment,
      .cwd = cwd ? cwd : "/",
      .account = user ? &account : NULL,
      .terminal = command->terminal,
  };
  bool started = false;
  if (environment && argv) {
    size_t index = 0;
    for (char *at = fields_next(fields, "arg", NULL); at; at = fields_next(fields, "arg", at)) argv[index++] = at;
    started = start(stream, fields, &spawn);
  } else {
    stream_fail(stream, ENOMEM, "the guest has no memory for the arguments");
  }
  memory_give(environment);
  memory_give(argv);
  if (!started) return OPENING_ENDED;
  groups_forget(command->pid);
  struct reply reply = reply_begin();
  reply_number(&reply, "pid", command->pid);
  reply_send(&reply, FRAME_OPENED, stream->id);
  return OPENING_RUNS;
}
