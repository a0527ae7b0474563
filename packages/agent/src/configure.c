/* configure: host name, network interfaces and routes. Doing it twice changes nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

/* Drivers load while the agent starts already: an interface may still be on its way. */
#define APPEAR_US 10000000
#define LOOK_US 10000

enum { LINKS_MAX = 300, WANTED_MAX = 260 };

struct wanted {
  uint8_t mac[6];
  char name[16];
  /* "mtu=1400 192.168.1.1/24 2001:db8:1::1/64", within the request. */
  const char *settings;
};

struct configuring {
  char *request;
  struct fields fields;
  int64_t give_up_at;
  size_t count;
  struct wanted wanted[WANTED_MAX];
};

static struct link links[LINKS_MAX];
static int link_count;

/* "52:54:00:12:01:02 eth1 192.168.1.2/24 …" */
static bool parse_interface(const char *text, struct wanted *wanted) {
  for (int index = 0; index < 6; index++) {
    uint32_t byte;
    if (!text_parse_hex(&text, 2, &byte) || *text++ != (index < 5 ? ':' : ' ')) return false;
    wanted->mac[index] = (uint8_t)byte;
  }
  size_t length = strcspn(text, " ");
  text_format(wanted->name, sizeof wanted->name, "%.*s", (int)length, text);
  wanted->settings = text + length;
  return length > 0 && length < sizeof wanted->name;
}

static enum opening configure_open(struct stream *stream, const struct fields *fields) {
  struct configuring *configuring = stream->state;
  configuring->request = malloc(fields->length + 1);
  if (!configuring->request) {
    stream_fail(stream, ENOMEM, "the guest has no memory for its configuration");
    return OPENING_ENDED;
  }
  memcpy(configuring->request, fields->bytes, fields->length);
  configuring->fields = (struct fields){configuring->request, fields->length};
  const struct fields *copy = &configuring->fields;
  for (char *at = fields_next(copy, "interface", NULL); at; at = fields_next(copy, "interface", at)) {
    if (configuring->count < WANTED_MAX && parse_interface(at, &configuring->wanted[configuring->count++])) continue;
    stream_fail(stream, EINVAL, "not an interface (MAC NAME [mtu=N] ADDRESS/PREFIX …), or more than %d: %s", WANTED_MAX, at);
    return OPENING_ENDED;
  }
  configuring->give_up_at = monotonic_us() + APPEAR_US;
  stream->due = 0;
  return OPENING_RUNS;
}

static struct link *link_by_mac(const uint8_t *mac) {
  for (int index = 0; index < link_count; index++) {
    if (links[index].has_mac && memcmp(links[index].mac, mac, 6) == 0) return &links[index];
  }
  return NULL;
}

static struct link *link_by_name(const char *name) {
  for (int index = 0; index < link_count; index++) {
    if (strcmp(links[index].name, name) == 0) return &links[index];
  }
  return NULL;
}

static int rename_link(int netlink, struct link *link, const char *name) {
  /* Only a link that is down can be renamed. */
  int error = link->up ? netlink_set_up(netlink, link->index, false) : 0;
  if (error == 0) error = netlink_rename(netlink, link->index, name);
  if (error == 0) {
    strcpy(link->name, name);
    link->up = false;
  }
  return error;
}

/* Whoever holds a wanted name steps aside first, so that two interfaces can swap theirs. */
static int rename_links(int netlink, const struct configuring *configuring) {
  for (size_t index = 0; index < configuring->count; index++) {
    struct link *holder = link_by_name(configuring->wanted[index].name);
    if (!holder || holder == link_by_mac(configuring->wanted[index].mac)) continue;
    char aside[16];
    text_format(aside, sizeof aside, "aside%d", holder->index);
    int error = rename_link(netlink, holder, aside);
    if (error != 0) return error;
  }
  for (size_t index = 0; index < configuring->count; index++) {
    struct link *link = link_by_mac(configuring->wanted[index].mac);
    if (strcmp(link->name, configuring->wanted[index].name) == 0) continue;
    int error = rename_link(netlink, link, configuring->wanted[index].name);
    if (error != 0) return error;
  }
  return 0;
}

static int apply_setting(int netlink, const struct link *link, const char *setting) {
  if (strncmp(setting, "mtu=", 4) != 0) return netlink_add_address(netlink, link->index, setting);
  int64_t mtu = 0;
  const char *end = text_parse_number(setting + 4, &mtu);
  return *end || mtu < 1 || mtu > UINT16_MAX ? EINVAL : netlink_set_mtu(netlink, link->index, (uint32_t)mtu);
}

static int apply_settings(int netlink, const struct link *link, const char *settings, char *culprit, size_t size) {
  while (*settings) {
    settings += strspn(settings, " ");
    size_t length = strcspn(settings, " ");
    if (length == 0) break;
    text_format(culprit, size, "%.*s", (int)length, settings);
    int error = apply_setting(netlink, link, culprit);
    if (error != 0) return error;
    settings += length;
  }
  return 0;
}

/* False when it has answered an error. */
static bool apply(struct stream *stream, int netlink, const struct configuring *configuring) {
  char culprit[64];
  int error = rename_links(netlink, configuring);
  if (error != 0) {
    stream_fail(stream, error, "cannot name the interfaces: %s", error_words(error));
    return false;
  }
  struct link *loopback = link_by_name("lo");
  if (loopback) netlink_set_up(netlink, loopback->index, true);
  for (size_t index = 0; index < configuring->count; index++) {
    const struct wanted *wanted = &configuring->wanted[index];
    const struct link *link = link_by_mac(wanted->mac);
    error = netlink_set_up(netlink, link->index, true);
    if (error != 0) {
      stream_fail(stream, error, "cannot switch %s on: %s", wanted->name, error_words(error));
      return false;
    }
    error = apply_settings(netlink, link, wanted->settings, culprit, sizeof culprit);
    if (error == 0) continue;
    stream_fail(stream, error, "cannot set %s on %s: %s", culprit, wanted->name, error_words(error));
    return false;
  }
  if (!routes_apply(stream, netlink, &configuring->fields)) return false;
  for (size_t index = 0; index < configuring->count; index++) {
    const struct wanted *wanted = &configuring->wanted[index];
    announce(link_by_mac(wanted->mac), wanted->settings);
  }
  const char *hostname = fields_get(&configuring->fields, "hostname");
  if (!hostname || sethostname(hostname, strlen(hostname)) == 0) return true;
  stream_fail(stream, errno, "cannot set the host name \"%s\": %s", hostname, error_words(errno));
  return false;
}

static void report_missing(struct stream *stream, const uint8_t *mac) {
  char present[512] = "";
  size_t length = 0;
  for (int index = 0; index < link_count && length < sizeof present - 48; index++) {
    const uint8_t *has = links[index].mac;
    length += text_format(present + length, sizeof present - length, "%s%s %02x:%02x:%02x:%02x:%02x:%02x",
                               length ? ", " : "", links[index].name, has[0], has[1], has[2], has[3], has[4], has[5]);
  }
  stream_fail(stream, ENODEV,
              "no interface with the MAC %02x:%02x:%02x:%02x:%02x:%02x appeared within %d s; there are: %s", mac[0],
              mac[1], mac[2], mac[3], mac[4], mac[5], APPEAR_US / 1000000, present);
}

static void configure_pump(struct stream *stream, int64_t now) {
  struct configuring *configuring = stream->state;
  const uint8_t *missing = NULL;
  int netlink = netlink_open();
  link_count = netlink < 0 ? -1 : netlink_links(netlink, links, LINKS_MAX);
  bool over = true;
  for (size_t index = 0; index < configuring->count && !missing; index++) {
    if (!link_by_mac(configuring->wanted[index].mac)) missing = configuring->wanted[index].mac;
  }
  if (link_count < 0) stream_fail(stream, errno, "cannot list the interfaces: %s", error_words(errno));
  else if (missing && now < configuring->give_up_at) over = false;
  else if (missing) report_missing(stream, missing);
  else if (apply(stream, netlink, configuring)) stream_done(stream);
  if (netlink >= 0) close(netlink);
  stream->due = now + LOOK_US;
  if (over) streams_release(stream);
}

static void configure_close(struct stream *stream) {
  struct configuring *configuring = stream->state;
  free(configuring->request);
}

const struct operation operation_configure = {
    .name = "configure",
    .state_size = sizeof(struct configuring),
    .open = configure_open,
    .pump = configure_pump,
    .close = configure_close,
};
