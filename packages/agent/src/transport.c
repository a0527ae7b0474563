/* The line to the host: a virtio-serial port in a guest; a socket where the agent runs as an ordinary process. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent.h"

/* How often a port is looked for that is not there (yet). */
#define REVIVE_US 20000

static enum { LINE_PORT, LINE_DEVICE, LINE_LISTEN, LINE_FD } kind;
static const char *target = DEFAULT_PORT;
static int fd = -1;
/*
 * What tells that a host has arrived: the listening socket or, for a port, an epoll instance. poll() on a port without a
 * host returns at once, so it cannot wait; only an edge can, and the driver makes one whenever a host comes or goes.
 */
static int doorbell = -1;
static bool present;

static bool listen_at(const char *path) {
  struct address address;
  doorbell = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  unlink(path);
  if (doorbell >= 0 && resolve_unix(path, &address) &&
      bind(doorbell, (struct sockaddr *)&address.socket, address.length) == 0 && listen(doorbell, 1) == 0)
    return true;
  text_complain("agent: cannot listen at %s: %s\n", path, error_words(errno));
  return false;
}

bool transport_select(int argc, char **argv) {
  if (argc == 1) return true;
  if (argc != 3) return false;
  target = argv[2];
  if (strcmp(argv[1], "--port") == 0) kind = LINE_PORT;
  else if (strcmp(argv[1], "--device") == 0) kind = LINE_DEVICE;
  else if (strcmp(argv[1], "--listen") == 0) kind = LINE_LISTEN;
  else if (strcmp(argv[1], "--fd") == 0) kind = LINE_FD;
  else return false;
  if (kind == LINE_LISTEN) return listen_at(target);
  if (kind != LINE_FD) return true;
  int64_t number = -1;
  text_parse_number(target, &number);
  fd = (int)number;
  present = fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0;
  if (!present) text_complain("agent: %s is not an open descriptor\n", target);
  return present;
}

/* Without udev there is no /dev/virtio-ports: then the port's name is in sysfs and its node in devtmpfs. */
static bool find_port(char *path, size_t size) {
  text_format(path, size, "/dev/virtio-ports/%s", target);
  if (access(path, F_OK) == 0) return true;
  DIR *folder = opendir("/sys/class/virtio-ports");
  if (!folder) return false;
  bool found = false;
  for (struct dirent *entry; !found && (entry = readdir(folder));) {
    char name_file[PATH_MAX];
    struct lines lines;
    text_format(name_file, sizeof name_file, "/sys/class/virtio-ports/%s/name", entry->d_name);
    if (!lines_open(&lines, name_file)) continue;
    const char *name = lines_next(&lines);
    found = name && strcmp(name, target) == 0;
    lines_close(&lines);
    if (found) text_format(path, size, "/dev/%s", entry->d_name);
  }
  closedir(folder);
  return found;
}

static void open_device(void) {
  char path[PATH_MAX];
  if (kind == LINE_DEVICE) text_format(path, sizeof path, "%s", target);
  else if (!find_port(path, sizeof path)) return;
  fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (doorbell < 0) doorbell = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event edges = {.events = EPOLLIN | EPOLLET};
  /* A descriptor that is closed leaves the instance by itself. */
  if (fd >= 0) epoll_ctl(doorbell, EPOLL_CTL_ADD, fd, &edges);
}

int transport_fd(void) { return present ? fd : -1; }

int transport_doorbell(void) { return present ? -1 : doorbell; }

void transport_lost(void) {
  present = false;
  if (kind == LINE_FD) exit(0);
  if (kind != LINE_LISTEN) return;
  close(fd);
  fd = -1;
}

int64_t transport_revive(int64_t now) {
  if (present) return NEVER;
  if (kind == LINE_LISTEN) {
    fd = accept4(doorbell, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    present = fd >= 0;
    return NEVER;
  }
  if (fd < 0) open_device();
  if (fd < 0) return now + REVIVE_US;
  /* Takes the edge before the look: a host that comes in between makes another one. */
  struct epoll_event edge;
  epoll_wait(doorbell, &edge, 1, 0);
  struct pollfd line = {.fd = fd, .events = POLLIN};
  poll(&line, 1, 0);
  /* Without a host the port claims to be readable, too: its read() would return 0. */
  present = !(line.revents & (POLLHUP | POLLERR | POLLNVAL));
  if (!(line.revents & (POLLERR | POLLNVAL))) return NEVER;
  /* It was unplugged: look for it anew. */
  close(fd);
  fd = -1;
  return now + REVIVE_US;
}
