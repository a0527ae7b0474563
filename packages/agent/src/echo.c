/* echo: ICMP echo requests to an address until it answers one. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

/* A request may be lost while the other machine, or the switch between, is just coming back. */
#define FIRST_INTERVAL_US 20000
#define LAST_INTERVAL_US 250000

enum { ECHO_REPLY_4 = 0, ECHO_REQUEST_4 = 8, ECHO_REQUEST_6 = 128, ECHO_REPLY_6 = 129, IP_HEADER_MAX = 60 };

/* The same for both families. The answer brings `sent` back, so nothing has to be remembered. */
struct message {
  uint8_t type, code;
  uint16_t checksum, id, sequence;
  int64_t sent;
};

struct echoing {
  struct address address;
  bool connected;
  int64_t attempts, interval;
  /* Of the last request: 0 when it was sent. */
  int error;
};

static bool is_six(const struct echoing *echoing) { return echoing->address.socket.ss_family == AF_INET6; }

static enum opening echo_open(struct stream *stream, const struct fields *fields) {
  struct echoing *echoing = stream->state;
  const char *host = fields_get(fields, "host");
  struct address addresses[ADDRESSES_MAX];
  if (!host || resolve_host(host, 0, addresses) == 0) {
    stream_fail(stream, ENOENT, "the guest does not know a host named \"%s\" (addresses, localhost, /etc/hosts)",
                host ? host : "");
    return OPENING_ENDED;
  }
  echoing->address = addresses[0];
  echoing->interval = FIRST_INTERVAL_US;
  struct watch *watch = &stream->watch[WATCH_OUTPUT];
  /* Raw: what a datagram socket needs instead, a range of groups, is empty on most systems, for root too. */
  watch->fd = socket(echoing->address.socket.ss_family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                     is_six(echoing) ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
  watch->events = POLLIN;
  stream->due = 0;
  if (watch->fd >= 0) return OPENING_RUNS;
  stream_fail(stream, errno, "cannot send echo requests: %s", error_words(errno));
  return OPENING_ENDED;
}

static void report(struct stream *stream, uint8_t type, int64_t round_trip) {
  const struct echoing *echoing = stream->state;
  struct reply reply = reply_begin();
  reply_number(&reply, "attempts", echoing->attempts);
  if (type == FRAME_DONE) reply_number(&reply, "roundtrip", round_trip);
  else reply_text(&reply, "last", echoing->error ? error_words(echoing->error) : "no answer");
  reply_send(&reply, type, stream->id);
}

static uint16_t checksum_of(const struct message *message) {
  uint16_t words[sizeof *message / 2];
  uint32_t sum = 0;
  memcpy(words, message, sizeof words);
  for (size_t index = 0; index < sizeof words / 2; index++) sum += words[index];
  sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~(sum + (sum >> 16));
}

/* The question for the other machine's MAC may have been lost as well, and without an answer nothing is sent to it. */
static void find_neighbour(const struct echoing *echoing) {
  const struct sockaddr_in *four = (const struct sockaddr_in *)&echoing->address.socket;
  const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&echoing->address.socket;
  int netlink = netlink_open();
  if (netlink < 0) return;
  if (is_six(echoing)) netlink_ask_again(netlink, AF_INET6, &six->sin6_addr, sizeof six->sin6_addr);
  else netlink_ask_again(netlink, AF_INET, &four->sin_addr, sizeof four->sin_addr);
  close(netlink);
}

static void send_request(struct stream *stream) {
  struct echoing *echoing = stream->state;
  int fd = stream->watch[WATCH_OUTPUT].fd;
  const struct sockaddr *peer = (const struct sockaddr *)&echoing->address.socket;
  struct message message = {.id = (uint16_t)stream->id, .sequence = (uint16_t)echoing->attempts++};
  message.type = is_six(echoing) ? ECHO_REQUEST_6 : ECHO_REQUEST_4;
  message.sent = monotonic_us();
  /* The kernel itself does it for IPv6, because the addresses are part of the sum. */
  if (!is_six(echoing)) message.checksum = checksum_of(&message);
  /* Connected, it hears of nobody else. That may fail until the network is set up. */
  echoing->connected = echoing->connected || connect(fd, peer, echoing->address.length) == 0;
  bool sent = echoing->connected && send(fd, &message, sizeof message, 0) >= 0;
  echoing->error = sent ? 0 : errno;
}

/* The time of the request that was answered, or -1 for anything else that has arrived. */
static int64_t receive_answer(struct stream *stream) {
  struct echoing *echoing = stream->state;
  uint8_t packet[IP_HEADER_MAX + sizeof(struct message)];
  struct message message;
  ssize_t length = recv(stream->watch[WATCH_OUTPUT].fd, packet, sizeof packet, 0);
  if (length < 0) {
    if (errno != EAGAIN && errno != EINTR) echoing->error = errno;
    return -1;
  }
  ssize_t header = is_six(echoing) ? 0 : (packet[0] & 15) * 4;
  if (length != header + (ssize_t)sizeof message) return -1;
  memcpy(&message, packet + header, sizeof message);
  bool answers = message.type == (is_six(echoing) ? ECHO_REPLY_6 : ECHO_REPLY_4) && message.id == (uint16_t)stream->id;
  return answers ? message.sent : -1;
}

static void echo_pump(struct stream *stream, int64_t now) {
  struct echoing *echoing = stream->state;
  int64_t sent = stream->watch[WATCH_OUTPUT].revents ? receive_answer(stream) : -1;
  if (sent >= 0) {
    report(stream, FRAME_DONE, now - sent);
    streams_release(stream);
    return;
  }
  if (stream->due > now) return;
  if (echoing->attempts > 0) {
    report(stream, FRAME_PROGRESS, 0);
    find_neighbour(echoing);
  }
  send_request(stream);
  stream->due = now + echoing->interval;
  echoing->interval = echoing->interval * 2 > LAST_INTERVAL_US ? LAST_INTERVAL_US : echoing->interval * 2;
}

const struct operation operation_echo = {
    .name = "echo",
    .state_size = sizeof(struct echoing),
    .open = echo_open,
    .pump = echo_pump,
};
