/* One thread, one poll() loop, nothing that blocks. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

enum { POLL_SIGNALS, POLL_LINE, POLL_FIXED };

static struct pollfd polls[POLL_FIXED + LEFTOVERS_MAX + STREAMS_MAX * WATCHES];
static struct watch *watchers[STREAMS_MAX * WATCHES];
static size_t watcher_count;
static int64_t revive_at;
/* Frames wait in the input because their answers found no room. */
static bool input_stalled;

static int open_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int timeout_ms(int64_t due) {
  if (due == NEVER) return -1;
  int64_t left = due - monotonic_us();
  if (left <= 0) return 0;
  return left > 3600000000 ? 3600000 : (int)((left + 999) / 1000);
}

/* Streams are left alone while the output is full: they could only spin. Returns when the first one is due. */
static int64_t watch_streams(nfds_t *count) {
  int64_t due = NEVER;
  watcher_count = 0;
  if (!output_has_room()) return due;
  for (size_t index = 0; index < streams_count(); index++) {
    struct stream *stream = streams_at(index);
    if (!stream) continue;
    if (stream->operation->watch) stream->operation->watch(stream);
    if (stream->due < due) due = stream->due;
    for (int which = 0; which < WATCHES; which++) {
      struct watch *watch = &stream->watch[which];
      watch->revents = 0;
      /* poll() reports hang-ups even when asked for nothing: a descriptor without interest must stay out. */
      if (watch->fd < 0 || watch->events == 0) continue;
      watchers[watcher_count++] = watch;
      polls[(*count)++] = (struct pollfd){.fd = watch->fd, .events = watch->events};
    }
  }
  return due;
}

static void handle_frames(void) {
  struct frame frame;
  while (!(input_stalled = !output_has_room()) && input_next(&frame)) session_handle(&frame);
}

static void lose_host(void) {
  transport_lost();
  input_reset();
  session_end();
  output_reset();
  revive_at = 0;
}

static void receive(short ready) {
  handle_frames();
  if (!(ready & (POLLIN | POLLHUP | POLLERR)) || input_stalled) return;
  ssize_t length = input_read(transport_fd());
  if (length > 0) handle_frames();
  else if (length == 0 || (errno != EAGAIN && errno != EINTR)) lose_host();
}

static void send_queued(void) {
  int64_t due = output_due();
  if (transport_fd() < 0 || due == NEVER || (due > 0 && due > monotonic_us())) return;
  if (!output_flush(transport_fd())) lose_host();
}

static void reap(int signals) {
  struct signalfd_siginfo info;
  /* There is one at most: further ones are merged while it is pending. */
  if (read(signals, &info, sizeof info) < 0) return;
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) command_reaped(pid, status);
}

/* Goes on behind the stream that came last, so that a bulk producer cannot take all the room each time. */
static void pump_streams(int64_t now) {
  static size_t last;
  size_t count = streams_count(), begin = last + 1;
  for (size_t step = 0; step < count && output_has_room(); step++) {
    size_t index = (begin + step) % count;
    struct stream *stream = streams_at(index);
    if (!stream || !stream->operation->pump) continue;
    bool ready = stream->due <= now;
    for (int which = 0; which < WATCHES; which++) ready = ready || stream->watch[which].revents;
    if (!ready) continue;
    last = index;
    stream->operation->pump(stream, now);
  }
}

static void iterate(int signals) {
  int line = transport_fd();
  short line_events = (output_has_room() ? POLLIN : 0) | (output_due() == 0 ? POLLOUT : 0);
  polls[POLL_SIGNALS] = (struct pollfd){.fd = signals, .events = POLLIN};
  polls[POLL_LINE] = (struct pollfd){.fd = line, .events = line_events};
  if (line < 0) polls[POLL_LINE] = (struct pollfd){.fd = transport_doorbell(), .events = POLLIN};
  nfds_t count = POLL_FIXED;
  size_t leftovers = leftovers_count();
  for (size_t index = 0; index < leftovers; index++) {
    polls[count++] = (struct pollfd){.fd = leftovers_fd(index), .events = POLLIN};
  }
  int64_t due = watch_streams(&count);
  if (line < 0 && revive_at < due) due = revive_at;
  if (input_stalled && output_has_room()) due = 0;
  if (line >= 0 && output_due() > 0 && output_due() < due) due = output_due();

  if (poll(polls, count, timeout_ms(due)) < 0) return;
  for (size_t index = 0; index < watcher_count; index++) {
    watchers[index]->revents = polls[POLL_FIXED + leftovers + index].revents;
  }
  /* From the last: a leftover that has ended moves those behind it. */
  for (size_t index = leftovers; index-- > 0;) {
    if (polls[POLL_FIXED + index].revents) leftovers_drain(index);
  }
  if (polls[POLL_SIGNALS].revents) reap(signals);
  if (line < 0) {
    revive_at = transport_revive(monotonic_us());
  } else {
    receive(polls[POLL_LINE].revents);
    pump_streams(monotonic_us());
  }
  send_queued();
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--version") == 0)
    return write(STDOUT_FILENO, AGENT_VERSION "\n", sizeof AGENT_VERSION) < 0;
  /* The descriptors 0 to 2 must never be a port or a pipe: children get their own in these places. */
  int null;
  while ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) >= 0 && null <= 2) continue;
  close(null);
  /* What init or a shell has left open here is no business of any command. Fails harmlessly before Linux 5.11. */
  syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC);
  umask(022);
  if (chdir("/") != 0) return 1;
  spawn_prepare();
  crc32_prepare();
  session_prepare();
  reseed_prepare();
  int signals = open_signals();
  if (signals < 0 || !transport_select(argc, argv)) {
    text_complain("usage: %s [--port NAME | --device PATH | --listen SOCKET | --fd NUMBER]\n", argv[0]);
    return 2;
  }
  /* Tells a host that still believes in a former agent's session that this is a new one. */
  output_frame(FRAME_READY, 0, 0, NULL, 0);
  for (;;) iterate(signals);
}
