/* What the guest is made of: files, addresses, interfaces. */
#ifndef GUEST_H
#define GUEST_H

#include <sys/socket.h>
#include "stream.h"

/* paths.c */
bool path_make_parents(char *path);
bool path_make_directories(char *path);
bool path_temporary(const char *path, char *result, size_t size);

/* entry.c */
struct stat;
void entry_describe(struct reply *reply, const char *path, const struct stat *status, const char *target);

/* copydisk.c */
#define COPY_DISK_SERIAL "vitest-machines-copy"
enum { COPY_BLOCK = 4096, COPY_PIECE = 2 * 1024 * 1024, COPY_PLACES = 8 };
/* Read or written at once: little enough to be in the processor's cache still when it is hashed. */
enum { COPY_SLICE = 128 * 1024 };
/* A place on the disk and how much of it is meant; none when its length is 0. */
struct place {
  int64_t offset, length;
};
/* False in a guest that has no such disk, no driver for it, or a kernel without asynchronous input and output. */
bool copy_disk_open(void);
bool copy_place_valid(struct place place);
/* The memory that belongs to a place. */
uint8_t *copy_piece(struct place place);
/* The disk works while the agent does something else; each start needs its end, which waits. */
void copy_piece_start(struct place place, bool is_write);
/* False with errno. */
bool copy_piece_end(struct place place);

/* resolve.c */
struct address {
  struct sockaddr_storage socket;
  socklen_t length;
};
enum { ADDRESSES_MAX = 8 };
/* Literals, localhost and /etc/hosts; never DNS, which would block the loop. Returns how many were found. */
size_t resolve_host(const char *host, uint16_t port, struct address *addresses);
bool resolve_unix(const char *path, struct address *address);
/* A non-blocking attempt: a descriptor (with *pending set while it is under way) or -1 with errno. */
int address_connect(const struct address *address, bool *pending);
/* 0 when a pending attempt has succeeded, else its errno. */
int address_outcome(int fd);

/* probe.c */
enum probe_result { PROBE_OPEN, PROBE_CLOSED, PROBE_UNKNOWN };
enum probe_result probe_path(const char *path, char *words, size_t size);
enum probe_result probe_unix(const char *path, char *words, size_t size);
enum probe_result probe_udp(const char *host, uint16_t port, char *words, size_t size);

/* reseed.c */
void reseed_prepare(void);

/* netlink.c */
struct link {
  int index;
  uint8_t mac[6];
  bool has_mac, up;
  char name[16];
};
int netlink_open(void);
int netlink_links(int fd, struct link *links, size_t capacity);
int netlink_rename(int fd, int index, const char *name);
int netlink_set_up(int fd, int index, bool up);
int netlink_set_mtu(int fd, int index, uint32_t mtu);
int netlink_add_address(int fd, int index, const char *cidr);
/* `to` is a prefix or "default"; one that is there already gets the new gateway. */
int netlink_set_route(int fd, const char *to, const char *via);
/*
 * Makes the kernel ask for the MAC of a neighbour that has not answered yet as soon as the next packet goes there; on its
 * own it would do so once a second. What waits for the answer goes on waiting.
 */
void netlink_ask_again(int fd, uint8_t family, const void *address, size_t length);

/* announce.c: the addresses among an interface's settings, as well as it goes; nothing depends on being heard. */
void announce(const struct link *link, const char *settings);

/* routes.c: false when it has answered an error */
bool routes_apply(struct stream *stream, int netlink, const struct fields *fields);

#endif
