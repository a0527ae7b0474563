/* Processes of the guest: as whom, with what, and how they end. */
#ifndef PROCESS_H
#define PROCESS_H

#include "stream.h"

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

/* environment.c: given back by memory_give() */
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

#endif
