/* What a wait looks at, one look at a time and without forking. Each says in words what it saw. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

enum probe_result probe_path(const char *path, char *words, size_t size) {
  struct stat status;
  if (stat(path, &status) == 0) {
    text_format(words, size, "present");
    return PROBE_OPEN;
  }
  text_format(words, size, "%s", error_words(errno));
  return errno == ENOENT || errno == ENOTDIR ? PROBE_CLOSED : PROBE_UNKNOWN;
}

enum probe_result probe_unix(const char *path, char *words, size_t size) {
  static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
  struct address address;
  int error = resolve_unix(path, &address) ? EPROTOTYPE : errno;
  /* A socket of another type answers EPROTOTYPE: it is there, but only its own type can connect. */
  for (int index = 0; index < 3 && error == EPROTOTYPE; index++) {
    int fd = socket(AF_UNIX, types[index] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    error = fd >= 0 && connect(fd, (struct sockaddr *)&address.socket, address.length) == 0 ? 0 : errno;
    if (fd >= 0) close(fd);
  }
  /* EAGAIN: somebody listens, and its queue is full. */
  bool open = error == 0 || error == EAGAIN;
  text_format(words, size, "%s", open ? "open" : error_words(error));
  return open ? PROBE_OPEN : PROBE_CLOSED;
}

/* "0100007F:0035" or 32 digits: each group of eight is one word of the address in the machine's own byte order. */
static bool parse_local(const char *text, struct in6_addr *address, uint32_t *port) {
  uint32_t word[4] = {0, 0, htonl(0xffff), 0};
  size_t digits = strcspn(text, ":");
  if (digits != 8 && digits != 32) return false;
  for (int index = digits == 8 ? 3 : 0; index < 4; index++) {
    if (!text_parse_hex(&text, 8, &word[index])) return false;
  }
  memcpy(address, word, sizeof word);
  return *text++ == ':' && text_parse_hex(&text, 4, port);
}

static struct in6_addr mapped(const struct address *address) {
  const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address->socket;
  if (address->socket.ss_family == AF_INET6) return six->sin6_addr;
  uint32_t word[4] = {0, 0, htonl(0xffff), ((const struct sockaddr_in *)&address->socket)->sin_addr.s_addr};
  struct in6_addr result;
  memcpy(&result, word, sizeof word);
  return result;
}

static bool is_any(const struct in6_addr *address, bool four) {
  uint32_t word[4];
  memcpy(word, address, sizeof word);
  if (word[3] != 0) return false;
  /* A socket bound to :: takes IPv4 too. */
  return IN6_IS_ADDR_UNSPECIFIED(address) || (four && word[2] == htonl(0xffff));
}

static bool bound_in(const char *file_name, const struct in6_addr *wanted, uint32_t wanted_port) {
  struct lines lines;
  bool found = false;
  if (!lines_open(&lines, file_name)) return false;
  for (char *line; !found && (line = lines_next(&lines));) {
    struct in6_addr address;
    uint32_t port;
    /* "  417: 0100007F:0035 00000000:0000 …" */
    const char *colon = strchr(line, ':');
    if (!colon || colon[1] != ' ' || !parse_local(colon + 2, &address, &port)) continue;
    found = port == wanted_port &&
            (IN6_ARE_ADDR_EQUAL(&address, wanted) || is_any(&address, IN6_IS_ADDR_V4MAPPED(wanted)));
  }
  lines_close(&lines);
  return found;
}

static bool is_own_address(const struct address *address) {
  int fd = socket(address->socket.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct address any_port = *address;
  /* The port is at the same place in both families. */
  ((struct sockaddr_in *)&any_port.socket)->sin_port = 0;
  bool own = fd >= 0 && bind(fd, (struct sockaddr *)&any_port.socket, any_port.length) == 0;
  if (fd >= 0) close(fd);
  return own;
}

enum probe_result probe_udp(const char *host, uint16_t port, char *words, size_t size) {
  struct address addresses[ADDRESSES_MAX];
  size_t count = resolve_host(host, port, addresses);
  bool own = false;
  for (size_t index = 0; index < count; index++) {
    if (!is_own_address(&addresses[index])) continue;
    own = true;
    struct in6_addr wanted = mapped(&addresses[index]);
    if (bound_in("/proc/net/udp", &wanted, port) || bound_in("/proc/net/udp6", &wanted, port)) {
      text_format(words, size, "open");
      return PROBE_OPEN;
    }
  }
  if (count == 0) text_format(words, size, "unknown host \"%s\"", host);
  else if (!own)
    text_format(words, size, "%s is not an address of this machine, and UDP ports of others cannot be seen", host);
  else text_format(words, size, "no socket is bound to the port");
  return own ? PROBE_CLOSED : PROBE_UNKNOWN;
}
