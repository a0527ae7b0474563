/* What lies beyond a machine's own networks: its routes, and whether it passes on what is not for itself. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

static const char *const switches[] = {"/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding"};

static bool set_forwarding(struct stream *stream) {
  for (size_t index = 0; index < sizeof switches / sizeof *switches; index++) {
    int fd = open(switches[index], O_WRONLY | O_CLOEXEC);
    /* A kernel without IPv6 has nothing to pass on. */
    if (fd < 0 && errno == ENOENT && index > 0) continue;
    bool done = fd >= 0 && write(fd, "1", 1) == 1;
    int error = errno;
    if (fd >= 0) close(fd);
    if (done) continue;
    stream_fail(stream, error, "cannot switch forwarding on: %s: %s", switches[index], error_words(error));
    return false;
  }
  return true;
}

/* "default 192.168.1.1" */
static bool add_route(struct stream *stream, int netlink, const char *route) {
  char to[64];
  size_t length = strcspn(route, " ");
  int error = EINVAL;
  if (length < sizeof to && route[length] == ' ') {
    text_format(to, sizeof to, "%.*s", (int)length, route);
    error = netlink_set_route(netlink, to, route + length + 1);
  }
  if (error == 0) return true;
  stream_fail(stream, error, "cannot set the route %s: %s", route, error_words(error));
  return false;
}

bool routes_apply(struct stream *stream, int netlink, const struct fields *fields) {
  if (fields_number(fields, "forwarding", 0) != 0 && !set_forwarding(stream)) return false;
  for (char *at = fields_next(fields, "route", NULL); at; at = fields_next(fields, "route", at)) {
    if (!add_route(stream, netlink, at)) return false;
  }
  return true;
}
