/* Pseudo terminals. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent.h"

bool terminal_open(int rows, int columns, int *master, int *slave) {
  *slave = -1;
  *master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (*master < 0) return false;
  int locked = 0;
  if (ioctl(*master, TIOCSPTLCK, &locked) == 0) {
    /* By the master and not by path: works wherever devpts is mounted. */
    *slave = ioctl(*master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
  if (*slave < 0) {
    close(*master);
    *master = -1;
    return false;
  }
  terminal_resize(*master, rows, columns);
  return true;
}

void terminal_resize(int master, int rows, int columns) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  ioctl(master, TIOCSWINSZ, &size);
}
