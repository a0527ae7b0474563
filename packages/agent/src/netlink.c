/* The few rtnetlink requests that give a machine its interfaces. The kernel answers each of them at once. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "agent.h"

struct request {
  struct nlmsghdr header;
  union {
    struct ifinfomsg link;
    struct ifaddrmsg address;
    struct ndmsg neighbour;
    struct rtmsg route;
  };
  char attributes[128];
};

int netlink_open(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  struct timeval limit = {.tv_sec = 2};
  if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return fd;
}

static void start(struct request *request, uint16_t type, uint16_t flags, size_t size) {
  request->header.nlmsg_type = type;
  request->header.nlmsg_flags = NLM_F_REQUEST | flags;
  request->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
}

static void attach(struct request *request, uint16_t type, const void *bytes, size_t length) {
  struct rtattr *attribute = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = (uint16_t)RTA_LENGTH(length);
  memcpy(RTA_DATA(attribute), bytes, length);
  request->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len));
}

/* 0 or an errno. */
static int ask(int fd, const struct request *request) {
  char answer[4096] __attribute__((aligned(8)));
  if (send(fd, request, request->header.nlmsg_len, 0) < 0) return errno;
  ssize_t length = recv(fd, answer, sizeof answer, 0);
  if (length < 0) return errno;
  const struct nlmsghdr *header = (const struct nlmsghdr *)answer;
  if (!NLMSG_OK(header, (size_t)length) || header->nlmsg_type != NLMSG_ERROR) return EPROTO;
  return -((const struct nlmsgerr *)NLMSG_DATA(header))->error;
}

static void read_link(const struct nlmsghdr *header, struct link *link) {
  const struct ifinfomsg *info = NLMSG_DATA(header);
  *link = (struct link){.index = info->ifi_index, .up = info->ifi_flags & IFF_UP};
  int length = (int)IFLA_PAYLOAD(header);
  for (const struct rtattr *at = IFLA_RTA(info); RTA_OK(at, length); at = RTA_NEXT(at, length)) {
    size_t size = RTA_PAYLOAD(at);
    if (at->rta_type == IFLA_IFNAME && size <= sizeof link->name) memcpy(link->name, RTA_DATA(at), size);
    if (at->rta_type != IFLA_ADDRESS || size != sizeof link->mac) continue;
    memcpy(link->mac, RTA_DATA(at), size);
    link->has_mac = true;
  }
}

/* Calls `take` for each answer. False when the kernel did not give all. */
static bool dump(int fd, const struct request *request, void (*take)(const struct nlmsghdr *header, void *to), void *to) {
  static char answer[32768] __attribute__((aligned(8)));
  if (send(fd, request, request->header.nlmsg_len, 0) < 0) return false;
  for (;;) {
    ssize_t received = recv(fd, answer, sizeof answer, 0);
    if (received <= 0) return false;
    size_t length = (size_t)received;
    for (struct nlmsghdr *header = (void *)answer; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
      if (header->nlmsg_type == NLMSG_DONE) return true;
      if (header->nlmsg_type == NLMSG_ERROR) return false;
      take(header, to);
    }
  }
}

struct link_list {
  struct link *links;
  size_t count, capacity;
};

static void take_link(const struct nlmsghdr *header, void *to) {
  struct link_list *list = to;
  if (header->nlmsg_type == RTM_NEWLINK && list->count < list->capacity) read_link(header, &list->links[list->count++]);
}

int netlink_links(int fd, struct link *links, size_t capacity) {
  struct link_list list = {links, 0, capacity};
  struct request request = {0};
  start(&request, RTM_GETLINK, NLM_F_DUMP, sizeof request.link);
  return dump(fd, &request, take_link, &list) ? (int)list.count : -1;
}

struct lookup {
  const void *address;
  size_t length;
  int interface;
};

static void take_neighbour(const struct nlmsghdr *header, void *to) {
  struct lookup *lookup = to;
  const struct ndmsg *neighbour = NLMSG_DATA(header);
  if (header->nlmsg_type != RTM_NEWNEIGH || neighbour->ndm_state != NUD_INCOMPLETE) return;
  int length = (int)NLMSG_PAYLOAD(header, sizeof *neighbour);
  const struct rtattr *at = (const void *)((const char *)neighbour + NLMSG_ALIGN(sizeof *neighbour));
  for (; RTA_OK(at, length); at = RTA_NEXT(at, length)) {
    bool same = at->rta_type == NDA_DST && RTA_PAYLOAD(at) == lookup->length &&
                memcmp(RTA_DATA(at), lookup->address, lookup->length) == 0;
    if (same) lookup->interface = neighbour->ndm_ifindex;
  }
}

void netlink_ask_again(int fd, uint8_t family, const void *address, size_t length) {
  struct lookup lookup = {address, length, 0};
  struct request request = {.neighbour.ndm_family = family};
  start(&request, RTM_GETNEIGH, NLM_F_DUMP, sizeof request.neighbour);
  if (!dump(fd, &request, take_neighbour, &lookup) || lookup.interface == 0) return;
  request = (struct request){.neighbour = {.ndm_family = family, .ndm_ifindex = lookup.interface, .ndm_state = NUD_NONE}};
  start(&request, RTM_NEWNEIGH, NLM_F_REPLACE | NLM_F_ACK, sizeof request.neighbour);
  attach(&request, NDA_DST, address, length);
  ask(fd, &request);
}

int netlink_rename(int fd, int index, const char *name) {
  struct request request = {0};
  start(&request, RTM_NEWLINK, NLM_F_ACK, sizeof request.link);
  request.link.ifi_index = index;
  attach(&request, IFLA_IFNAME, name, strlen(name) + 1);
  return ask(fd, &request);
}

int netlink_set_up(int fd, int index, bool up) {
  struct request request = {0};
  start(&request, RTM_NEWLINK, NLM_F_ACK, sizeof request.link);
  request.link.ifi_index = index;
  request.link.ifi_change = IFF_UP;
  request.link.ifi_flags = up ? IFF_UP : 0;
  return ask(fd, &request);
}

int netlink_set_mtu(int fd, int index, uint32_t mtu) {
  struct request request = {0};
  start(&request, RTM_NEWLINK, NLM_F_ACK, sizeof request.link);
  request.link.ifi_index = index;
  attach(&request, IFLA_MTU, &mtu, sizeof mtu);
  return ask(fd, &request);
}

struct prefix {
  uint8_t family, length, bytes[16];
  size_t size;
};

/* "192.168.1.2/24"; without a length it is that of a whole address. */
static bool parse_prefix(const char *cidr, struct prefix *prefix) {
  char text[INET6_ADDRSTRLEN];
  size_t length = strcspn(cidr, "/");
  if (length >= sizeof text) return false;
  memcpy(text, cidr, length);
  text[length] = '\0';
  bool six = strchr(text, ':') != NULL;
  int64_t bits = six ? 128 : 32;
  if (cidr[length] == '/') {
    const char *digits = cidr + length + 1;
    int64_t given = -1;
    const char *end = text_parse_number(digits, &given);
    if (*end || end == digits || given < 0 || given > bits) return false;
    bits = given;
  }
  *prefix = (struct prefix){.family = six ? AF_INET6 : AF_INET, .length = (uint8_t)bits, .size = six ? 16 : 4};
  return inet_pton(prefix->family, text, prefix->bytes) == 1;
}

int netlink_add_address(int fd, int index, const char *cidr) {
  struct prefix prefix;
  if (!strchr(cidr, '/') || !parse_prefix(cidr, &prefix)) return EINVAL;
  struct request request = {0};
  start(&request, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof request.address);
  request.address.ifa_family = prefix.family;
  request.address.ifa_prefixlen = prefix.length;
  request.address.ifa_index = (uint32_t)index;
  /* Duplicate address detection keeps a v6 address unusable for a second; these are unique by construction. */
  request.address.ifa_flags = prefix.family == AF_INET6 ? IFA_F_NODAD : 0;
  attach(&request, IFA_LOCAL, prefix.bytes, prefix.size);
  attach(&request, IFA_ADDRESS, prefix.bytes, prefix.size);
  int error = ask(fd, &request);
  return error == EEXIST ? 0 : error;
}

int netlink_set_route(int fd, const char *to, const char *via) {
  struct prefix target, gateway;
  if (!parse_prefix(via, &gateway)) return EINVAL;
  if (strcmp(to, "default") == 0) target = (struct prefix){.family = gateway.family};
  else if (!parse_prefix(to, &target) || target.family != gateway.family) return EINVAL;
  struct request request = {0};
  start(&request, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sizeof request.route);
  request.route = (struct rtmsg){.rtm_family = target.family,
                                 .rtm_dst_len = target.length,
                                 .rtm_table = RT_TABLE_MAIN,
                                 .rtm_protocol = RTPROT_STATIC,
                                 .rtm_scope = RT_SCOPE_UNIVERSE,
                                 .rtm_type = RTN_UNICAST};
  if (target.length > 0) attach(&request, RTA_DST, target.bytes, target.size);
  attach(&request, RTA_GATEWAY, gateway.bytes, gateway.size);
  return ask(fd, &request);
}
