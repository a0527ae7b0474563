/* Addresses without DNS, which would block the loop, and connections without waiting. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent.h"

static bool parse_literal(const char *text, uint16_t port, struct address *address) {
  *address = (struct address){0};
  struct sockaddr_in *four = (struct sockaddr_in *)&address->socket;
  if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    address->length = sizeof *four;
    return true;
  }
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address->socket;
  char plain[INET6_ADDRSTRLEN];
  size_t length = strcspn(text, "%");
  if (length >= sizeof plain) return false;
  memcpy(plain, text, length);
  plain[length] = '\0';
  if (inet_pton(AF_INET6, plain, &six->sin6_addr) != 1) return false;
  six->sin6_family = AF_INET6;
  six->sin6_port = htons(port);
  /* Link-local addresses mean nothing without their interface: fe80::1%eth1. */
  if (text[length] == '%') six->sin6_scope_id = if_nametoindex(text + length + 1);
  address->length = sizeof *six;
  return true;
}

static bool line_names(char *line, const char *host, char **literal) {
  char *position;
  line[strcspn(line, "#\n")] = '\0';
  *literal = strtok_r(line, " \t\r", &position);
  if (!*literal) return false;
  for (char *name; (name = strtok_r(NULL, " \t\r", &position));) {
    if (strcasecmp(name, host) == 0) return true;
  }
  return false;
}

size_t resolve_host(const char *host, uint16_t port, struct address *addresses) {
  if (parse_literal(host, port, addresses)) return 1;
  size_t count = 0;
  if (strcasecmp(host, "localhost") == 0) {
    parse_literal("127.0.0.1", port, &addresses[count++]);
    parse_literal("::1", port, &addresses[count++]);
    return count;
  }
  struct lines lines;
  if (!lines_open(&lines, "/etc/hosts")) return 0;
  for (char *line, *literal; count < ADDRESSES_MAX && (line = lines_next(&lines));) {
    if (line_names(line, host, &literal) && parse_literal(literal, port, &addresses[count])) count++;
  }
  lines_close(&lines);
  return count;
}

bool resolve_unix(const char *path, struct address *address) {
  *address = (struct address){0};
  struct sockaddr_un *local = (struct sockaddr_un *)&address->socket;
  if (strlen(path) >= sizeof local->sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  local->sun_family = AF_UNIX;
  strcpy(local->sun_path, path);
  address->length = sizeof *local;
  return true;
}

/* Linux can connect a socket to itself when the port is the one it was given itself: nobody listens there. */
static bool is_itself(int fd) {
  struct sockaddr_storage here = {0}, there = {0};
  socklen_t here_length = sizeof here, there_length = sizeof there;
  getsockname(fd, (struct sockaddr *)&here, &here_length);
  if (here.ss_family == AF_UNIX || getpeername(fd, (struct sockaddr *)&there, &there_length) != 0) return false;
  return here_length == there_length && memcmp(&here, &there, here_length) == 0;
}

int address_connect(const struct address *address, bool *pending) {
  int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  *pending = false;
  int error = 0;
  if (connect(fd, (const struct sockaddr *)&address->socket, address->length) != 0) error = errno;
  if (error == EINPROGRESS) {
    *pending = true;
    return fd;
  }
  if (error == 0) error = is_itself(fd) ? ECONNREFUSED : 0;
  if (error == 0) return fd;
  close(fd);
  errno = error;
  return -1;
}

int address_outcome(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error == 0 && is_itself(fd) ? ECONNREFUSED : error;
}
