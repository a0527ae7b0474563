/*
 * Tells a network's neighbours who has an address now. Who asked for it while the machine was away asks three times, once a
 * second, and then drops all packets that wait for an answer, also one that was sent when the machine had come back.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

/* RFC 5227, section 3: a request for the own address, which every host that knows it, or waits for it, takes note of. */
struct arp_announcement {
  struct arphdr header;
  uint8_t from_mac[6], from[4], to_mac[6], to[4];
};

static void announce_4(const struct link *link, const struct in_addr *address) {
  struct arp_announcement packet = {
      .header = {htons(ARPHRD_ETHER), htons(ETH_P_IP), sizeof link->mac, sizeof *address, htons(ARPOP_REQUEST)}};
  memcpy(packet.from_mac, link->mac, sizeof packet.from_mac);
  memcpy(packet.from, address, sizeof packet.from);
  memcpy(packet.to, address, sizeof packet.to);
  struct sockaddr_ll all = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP), .sll_ifindex = link->index, .sll_halen = ETH_ALEN};
  memset(all.sll_addr, 0xff, ETH_ALEN);
  int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  sendto(fd, &packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&all, sizeof all);
  close(fd);
}

/* RFC 4861, section 7.2.6: an advertisement that nobody has asked for, to all nodes. */
struct neighbour_advertisement {
  struct nd_neighbor_advert advert;
  struct nd_opt_hdr option;
  uint8_t mac[6];
};

/* Whether it is a router has to be said, or hosts forget that they have routes over it. */
static bool passes_on(const struct link *link) {
  char path[64], value = '0';
  text_format(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/forwarding", link->name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool known = read(fd, &value, 1) == 1;
  close(fd);
  return known && value != '0';
}

static void announce_6(const struct link *link, const struct in6_addr *address) {
  struct neighbour_advertisement packet = {
      .advert = {.nd_na_hdr = {.icmp6_type = ND_NEIGHBOR_ADVERT}, .nd_na_target = *address},
      .option = {ND_OPT_TARGET_LINKADDR, 1}};
  packet.advert.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE | (passes_on(link) ? ND_NA_FLAG_ROUTER : 0);
  memcpy(packet.mac, link->mac, sizeof packet.mac);
  struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_addr = *address};
  struct sockaddr_in6 all = {.sin6_family = AF_INET6, .sin6_scope_id = (uint32_t)link->index};
  inet_pton(AF_INET6, "ff02::1", &all.sin6_addr);
  int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
  if (fd < 0) return;
  /* One that may have come over a router does not count. */
  setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &(int){255}, sizeof(int));
  if (bind(fd, (struct sockaddr *)&own, sizeof own) == 0)
    sendto(fd, &packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&all, sizeof all);
  close(fd);
}

void announce(const struct link *link, const char *settings) {
  for (size_t length; settings += strspn(settings, " "), length = strcspn(settings, " "), length > 0; settings += length) {
    char text[INET6_ADDRSTRLEN];
    struct in_addr four;
    struct in6_addr six;
    text_format(text, sizeof text, "%.*s", (int)strcspn(settings, "/ "), settings);
    if (inet_pton(AF_INET, text, &four) == 1) announce_4(link, &four);
    else if (inet_pton(AF_INET6, text, &six) == 1) announce_6(link, &six);
  }
}
