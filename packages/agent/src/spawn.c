/*
 * Starting a process. vfork(): the child borrows the agent's memory until it has become the program, which costs no
 * page tables (a fork takes several times as long under emulation) and lets it report in a variable why it could not.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"

static struct rlimit original_files;

static bool write_text(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool written = write(fd, text, strlen(text)) > 0;
  close(fd);
  return written;
}

void spawn_prepare(void) {
  /* A guest that runs out of memory must kill what it tests, not what reports it. Needs root; harmless without. */
  write_text("/proc/self/oom_score_adj", "-1000");
  prlimit(0, RLIMIT_NOFILE, NULL, &original_files);
  struct rlimit files = {.rlim_cur = 4096, .rlim_max = original_files.rlim_max};
  if (files.rlim_cur > files.rlim_max) files.rlim_cur = files.rlim_max;
  if (original_files.rlim_cur < files.rlim_cur) prlimit(0, RLIMIT_NOFILE, &files, NULL);
}

/* Plain system calls: the C library's wrappers involve all threads, and this child shares its parent's memory. */
static bool become(const struct account *account) {
  if (!account) return true;
  return syscall(SYS_setgroups, account->group_count, account->groups) == 0 &&
         syscall(SYS_setgid, account->gid) == 0 && syscall(SYS_setuid, account->uid) == 0;
}

static void reset_signals(void) {
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Looks a program up in the PATH that it will have itself. Returns the errno that tells most. */
static int execute(const struct spawn *spawn) {
  const char *program = spawn->argv[0], *path = "";
  if (strchr(program, '/')) {
    execve(program, spawn->argv, spawn->environment);
    return errno;
  }
  for (char **entry = spawn->environment; *entry; entry++) {
    if (strncmp(*entry, "PATH=", 5) == 0) path = *entry + 5;
  }
  int error = ENOENT;
  while (*path) {
    char candidate[4096];
    size_t length = strcspn(path, ":");
    size_t needed = text_format(candidate, sizeof candidate, "%.*s/%s", (int)length, path, program);
    path += length + (path[length] == ':');
    if (length == 0 || needed == sizeof candidate - 1) continue;
    execve(candidate, spawn->argv, spawn->environment);
    int refusal = errno;
    /* A folder that this user may not search says nothing about the program. */
    if (refusal == ENOENT || refusal == ENOTDIR || access(candidate, F_OK) != 0) continue;
    error = refusal;
    if (error != EACCES) break;
  }
  return error;
}

static int run_child(const struct spawn *spawn, volatile struct spawn_error *failure) {
  reset_signals();
  /* A session of its own: its process group can be signalled as a whole, and a terminal can belong to it. */
  setsid();
  for (int fd = 0; fd < 3; fd++) dup2(spawn->stdio[fd], fd);
  failure->stage = SPAWN_TERMINAL;
  if (spawn->terminal && ioctl(0, TIOCSCTTY, 0) != 0) return errno;
  prlimit(0, RLIMIT_NOFILE, &original_files, NULL);
  write_text("/proc/self/oom_score_adj", "0");
  failure->stage = SPAWN_USER;
  if (!become(spawn->account)) return errno;
  failure->stage = SPAWN_CWD;
  if (chdir(spawn->cwd) != 0) return errno;
  failure->stage = SPAWN_EXEC;
  return execute(spawn);
}

pid_t spawn_process(const struct spawn *spawn, struct spawn_error *failure) {
  volatile struct spawn_error report = {.error = 0};
  pid_t pid = vfork();
  if (pid == 0) {
    report.error = run_child(spawn, &report);
    _exit(127);
  }
  failure->error = pid < 0 ? errno : report.error;
  failure->stage = pid < 0 ? SPAWN_FORK : report.stage;
  return failure->error == 0 ? pid : -1;
}
