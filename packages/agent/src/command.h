/* A running command, as its start (command-start.c) and its run (command.c) share it. */
#ifndef COMMAND_H
#define COMMAND_H

#include "agent.h"

struct command {
  pid_t pid;
  int64_t started, ended;
  bool exited, terminal, input_ended;
  int status;
  /* After the end: bytes that were in the pipes at that moment and are still to be sent. */
  uint32_t rest[CHANNELS];
  struct backlog input;
};

enum opening command_open(struct stream *stream, const struct fields *fields);

#endif
