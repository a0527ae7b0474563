/* Names instead of numbers on the line: they read well in a trace, and numbers differ between platforms. */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "agent.h"

#define NAMED(constant) {constant, #constant}

struct named {
  int number;
  const char *name;
};

static const struct named errors[] = {
    NAMED(E2BIG),        NAMED(EACCES),       NAMED(EADDRINUSE),   NAMED(EADDRNOTAVAIL), NAMED(EAFNOSUPPORT),
    NAMED(EAGAIN),       NAMED(EBUSY),        NAMED(ECONNREFUSED), NAMED(ECONNRESET),    NAMED(EEXIST),
    NAMED(EFBIG),        NAMED(EHOSTUNREACH), NAMED(EINVAL),       NAMED(EIO),           NAMED(EISDIR),
    NAMED(ELOOP),        NAMED(EMFILE),       NAMED(ENAMETOOLONG), NAMED(ENETUNREACH),   NAMED(ENFILE),
    NAMED(ENODEV),       NAMED(ENOENT),       NAMED(ENOEXEC),      NAMED(ENOMEM),        NAMED(ENOSPC),
    NAMED(ENOSYS),       NAMED(ENOTDIR),      NAMED(ENOTEMPTY),    NAMED(ENXIO),         NAMED(EOPNOTSUPP),
    NAMED(EOVERFLOW),    NAMED(EPERM),        NAMED(EPIPE),        NAMED(EPROTO),        NAMED(EROFS),
    NAMED(EBADMSG),      NAMED(ESRCH),        NAMED(ETIMEDOUT),    NAMED(ETXTBSY),      NAMED(EXDEV),
};

static const struct named signals[] = {
    NAMED(SIGHUP),  NAMED(SIGINT),    NAMED(SIGQUIT), NAMED(SIGILL),   NAMED(SIGTRAP), NAMED(SIGABRT), NAMED(SIGBUS),
    NAMED(SIGFPE),  NAMED(SIGKILL),   NAMED(SIGUSR1), NAMED(SIGSEGV),  NAMED(SIGUSR2), NAMED(SIGPIPE), NAMED(SIGALRM),
    NAMED(SIGTERM), NAMED(SIGSTKFLT), NAMED(SIGCHLD), NAMED(SIGCONT),  NAMED(SIGSTOP), NAMED(SIGTSTP), NAMED(SIGTTIN),
    NAMED(SIGTTOU), NAMED(SIGURG),    NAMED(SIGXCPU), NAMED(SIGXFSZ),  NAMED(SIGVTALRM), NAMED(SIGPROF),
    NAMED(SIGWINCH), NAMED(SIGIO),    NAMED(SIGPWR),  NAMED(SIGSYS),
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *name_of(const struct named *table, size_t count, int number, const char *missing) {
  for (size_t index = 0; index < count; index++) {
    if (table[index].number == number) return table[index].name;
  }
  return missing;
}

const char *errno_name(int error) { return name_of(errors, COUNT(errors), error, "EUNKNOWN"); }

/* Real-time signals have no fixed names. */
const char *signal_name(int number) { return name_of(signals, COUNT(signals), number, "SIGRT"); }

int signal_number(const char *name) {
  for (size_t index = 0; index < COUNT(signals); index++) {
    if (strcmp(signals[index].name, name) == 0) return signals[index].number;
  }
  return 0;
}

const char *error_words(int error) {
  static char words[80];
  strncpy(words, strerror(error), sizeof words - 1);
  if (!isupper((unsigned char)words[1])) words[0] = (char)tolower((unsigned char)words[0]);
  return words;
}
