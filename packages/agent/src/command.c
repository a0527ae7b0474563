/* exec, the second half: input and output of a process, its signals and its end. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

/* What a terminal can hold when its command ends; a background child could go on writing for ever. */
#define TERMINAL_REST (64 * 1024)
#define END_OF_TRANSMISSION "\x04"

static void close_watch(struct watch *watch) {
  if (watch->fd >= 0) close(watch->fd);
  watch->fd = -1;
}

static struct watch *input_watch(struct stream *stream) {
  struct command *command = stream->state;
  return &stream->watch[command->terminal ? WATCH_OUTPUT : WATCH_INPUT];
}

static void send_input(struct stream *stream) {
  struct command *command = stream->state;
  struct watch *watch = input_watch(stream);
  ssize_t written = watch->fd < 0 ? -1 : backlog_write(&command->input, watch->fd);
  if (written < 0) {
    /* Nobody reads it any more. It counts as consumed, or else the host would wait for credit for ever. */
    written = (ssize_t)command->input.length;
    backlog_free(&command->input);
    if (!command->terminal) close_watch(watch);
  }
  if (written > 0) stream_consumed(stream, (size_t)written);
  if (!command->input_ended || command->input.length > 0 || watch->fd < 0) return;
  command->input_ended = false;
  if (!command->terminal) close_watch(watch);
  /* A terminal has no end of file, only the character that makes one reader see it. */
  else if (write(watch->fd, END_OF_TRANSMISSION, 1) < 0) close_watch(watch);
}

static void command_data(struct stream *stream, const uint8_t *bytes, size_t length) {
  struct command *command = stream->state;
  if (input_watch(stream)->fd < 0) {
    stream_consumed(stream, length);
  } else if (!backlog_add(&command->input, bytes, length)) {
    stream_fail(stream, ENOMEM, "the command's input exceeds its window of %d bytes", INPUT_WINDOW);
    streams_release(stream);
  } else {
    send_input(stream);
  }
}

static void command_end(struct stream *stream) {
  struct command *command = stream->state;
  command->input_ended = true;
  send_input(stream);
}

static void command_control(struct stream *stream, const struct fields *fields) {
  struct command *command = stream->state;
  const char *name = fields_get(fields, "signal");
  int signal = name ? signal_number(name) : 0;
  if (signal > 0 && !command->exited) kill(-command->pid, signal);
  int64_t rows = fields_number(fields, "rows", 0), columns = fields_number(fields, "columns", 0);
  if (command->terminal && rows > 0 && columns > 0)
    terminal_resize(stream->watch[WATCH_OUTPUT].fd, (int)rows, (int)columns);
}

void command_reaped(pid_t pid, int status) {
  for (size_t index = 0; index < streams_count(); index++) {
    struct stream *stream = streams_at(index);
    if (!stream || stream->operation != &operation_exec) continue;
    struct command *command = stream->state;
    if (command->exited || command->pid != pid) continue;
    command->exited = true;
    command->ended = monotonic_us();
    command->status = status;
    /* In this same turn of the loop, if there is room. */
    stream->due = 0;
    for (int channel = 0; channel < CHANNELS; channel++) {
      int fd = stream->watch[WATCH_OUTPUT + channel].fd, waiting = 0;
      if (fd >= 0) ioctl(fd, FIONREAD, &waiting);
      command->rest[channel] = command->terminal ? TERMINAL_REST : (uint32_t)waiting;
    }
    return;
  }
}

static void command_watch(struct stream *stream) {
  struct command *command = stream->state;
  for (int channel = 0; channel < CHANNELS; channel++) {
    stream->watch[WATCH_OUTPUT + channel].events = !command->exited && stream->credit[channel] > 0 ? POLLIN : 0;
  }
  struct watch *input = input_watch(stream);
  if (!command->terminal) input->events = 0;
  if (command->input.length > 0) input->events |= POLLOUT;
  /* An ended command goes on unless all it still has to send waits for credit. */
  bool waits = false, goes_on = false;
  for (int channel = 0; channel < CHANNELS; channel++) {
    if (command->rest[channel] == 0) continue;
    if (stream->credit[channel] > 0) goes_on = true;
    else waits = true;
  }
  stream->due = command->exited && (goes_on || !waits) ? 0 : NEVER;
}

/* True when the channel has nothing more to send. */
static bool pump_output(struct stream *stream, uint8_t channel) {
  struct command *command = stream->state;
  struct watch *watch = &stream->watch[WATCH_OUTPUT + channel];
  if (watch->fd < 0) return true;
  if (!command->exited && !(watch->revents & ~POLLOUT)) return false;
  if (command->exited && command->rest[channel] == 0) return true;
  size_t limit = command->exited ? command->rest[channel] : DATA_CHUNK;
  bool starved = stream->credit[channel] == 0 || !output_has_room();
  ssize_t length = stream_send_from(stream, channel, watch->fd, limit);
  if (length > 0) {
    if (command->exited) command->rest[channel] -= (uint32_t)length;
    return command->exited && command->rest[channel] == 0;
  }
  if (starved) return false;
  if (length < 0 && (errno == EAGAIN || errno == EINTR) && !command->exited) return false;
  command->rest[channel] = 0;
  if (length < 0 && errno == EAGAIN) return true;
  /* The end of a pipe is 0; that of a terminal is EIO. */
  close_watch(watch);
  if (!command->exited) output_frame(FRAME_EOF, channel, stream->id, NULL, 0);
  return true;
}

static void report_exit(struct stream *stream) {
  struct command *command = stream->state;
  struct reply reply = reply_begin();
  groups_remember(command->pid);
  if (WIFSIGNALED(command->status)) reply_text(&reply, "signal", signal_name(WTERMSIG(command->status)));
  else reply_number(&reply, "exit", WEXITSTATUS(command->status));
  reply_number(&reply, "duration", command->ended - command->started);
  reply_send(&reply, FRAME_DONE, stream->id);
}

static void command_pump(struct stream *stream, int64_t now) {
  (void)now;
  struct command *command = stream->state;
  if (input_watch(stream)->revents & (POLLOUT | POLLERR)) send_input(stream);
  bool ended = true;
  for (uint8_t channel = 0; channel < CHANNELS; channel++) ended = pump_output(stream, channel) && ended;
  if (ended && command->exited) {
    report_exit(stream);
    streams_release(stream);
    return;
  }
}

static void command_close(struct stream *stream) {
  struct command *command = stream->state;
  if (command->pid > 0 && !command->exited) kill(-command->pid, SIGKILL);
  backlog_free(&command->input);
  if (command->pid <= 0) return;
  for (int which = WATCH_OUTPUT; which <= WATCH_ERRORS; which++) {
    leftovers_adopt(stream->watch[which].fd);
    stream->watch[which].fd = -1;
  }
}

const struct operation operation_exec = {
    .name = "exec",
    .state_size = sizeof(struct command),
    .open = command_open,
    .data = command_data,
    .end = command_end,
    .control = command_control,
    .watch = command_watch,
    .pump = command_pump,
    .close = command_close,
};
