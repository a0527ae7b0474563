import type { MachinesError } from "@vitest-machines/host";
import { consoleText } from "./console/console-text.ts";
import { waitForConsoleText } from "./console/wait-for-console-text.ts";
import { ControlVerbs } from "./control/control-verbs.ts";
import type { CopyOutOptions } from "./files/copy-limits.ts";
import { copyFromHost } from "./files/copy-from-host.ts";
import { copyToHost } from "./files/copy-to-host.ts";
import type { CopySummary } from "./files/summary.ts";
import { collectEvidence } from "./log/collect-evidence.ts";
import { evidence } from "./log/evidence.ts";
import { log } from "./log/log.ts";
import { nested } from "./log/nested.ts";
import type { Command, CommandArguments, CommandOptions, CommandResult, VerbOptions } from "./options.ts";
import { crash } from "./power/crash.ts";
import { isUp } from "./power/is-up.ts";
import { reboot } from "./power/reboot.ts";
import { reconnect } from "./power/reconnect.ts";
import { shutdown } from "./power/shutdown.ts";
import { start } from "./power/start.ts";
import { waitForShutdown } from "./power/wait-for-shutdown.ts";
import { waitUntilReady } from "./power/wait-until-ready.ts";
import { execute } from "./run/execute.ts";
import { fail } from "./run/fail.ts";
import { sleep } from "./run/sleep.ts";
import { succeed } from "./run/succeed.ts";
import { takeStumble } from "./stumbles/take-stumble.ts";
import type { PortOptions } from "./wait/port.ts";
import { waitForClosedPort } from "./wait/wait-for-closed-port.ts";
import { waitForFile } from "./wait/wait-for-file.ts";
import { waitForOpenUnixSocket } from "./wait/wait-for-open-unix-socket.ts";
import { waitForOpenPort } from "./wait/wait-for-open-port.ts";
import { waitUntilFails } from "./wait/wait-until-fails.ts";
import { waitUntilSucceeds } from "./wait/wait-until-succeeds.ts";
import type { WaitUntilOptions } from "./wait/wait-until.ts";

/**
 * A handle on one machine. Verbs start a machine that never ran, and wait until it has booted; one that went down is not
 * started again silently. Every verb takes `{ timeout, signal }`, all times are in milliseconds. Commands and copies have no
 * time limit unless given one, waits end after 15 minutes.
 *
 * Beside what is named below, every verb rejects with MACHINE_DOWN as soon as the machine ends, BOOT_FAILED or BOOT_TIMEOUT
 * when it does not come up, ABORTED when the signal fires, and HANDLE_MISUSE once its cluster was stopped.
 */
export class Machine extends ControlVerbs {
  // Running commands

  /** Runs a command and tells how it ended, whatever its exit code. @throws COMMAND_TIMEOUT */
  execute(command: Command, options?: CommandOptions): Promise<CommandResult> {
    return execute(this.context, command, options);
  }

  /**
   * Runs commands in order, each of which must succeed; options may come last.
   * @returns what they wrote to stdout, together and unstripped
   * @throws COMMAND_FAILED with exit code and output; COMMAND_TIMEOUT
   */
  succeed(...commands: CommandArguments): Promise<string> {
    return succeed(this.context, commands);
  }

  /**
   * Runs commands in order, each of which must fail; options may come last.
   * @returns what they wrote to stdout, together and unstripped
   * @throws COMMAND_SUCCEEDED with the output; COMMAND_TIMEOUT
   */
  fail(...commands: CommandArguments): Promise<string> {
    return fail(this.context, commands);
  }

  /** Sleeps in the guest: on a slow host it is the guest's time that passes. */
  sleep(milliseconds: number, options?: VerbOptions): Promise<void> {
    return sleep(this.context, milliseconds, options);
  }

  // Waiting

  /**
   * Runs a command again and again, 20 ms apart at first and 1 s later, until it succeeds.
   * @returns the stdout of the attempt that did
   * @throws WAIT_TIMEOUT
   */
  waitUntilSucceeds(command: Command, options?: WaitUntilOptions): Promise<string> {
    return waitUntilSucceeds(this.context, command, options);
  }

  /** The opposite of {@link waitUntilSucceeds}. @throws WAIT_TIMEOUT */
  waitUntilFails(command: Command, options?: WaitUntilOptions): Promise<string> {
    return waitUntilFails(this.context, command, options);
  }

  /** Waits until something exists at a path of the guest. @throws WAIT_TIMEOUT */
  waitForFile(path: string, options?: VerbOptions): Promise<void> {
    return waitForFile(this.context, path, options);
  }

  /** Waits until a port accepts connections from the guest itself. @throws WAIT_TIMEOUT, DECLARATION_INVALID */
  waitForOpenPort(port: number, options?: PortOptions): Promise<void> {
    return waitForOpenPort(this.context, port, options);
  }

  /** Waits until a unix socket of the guest accepts connections. @throws WAIT_TIMEOUT */
  waitForOpenUnixSocket(path: string, options?: VerbOptions): Promise<void> {
    return waitForOpenUnixSocket(this.context, path, options);
  }

  /** Waits until a port accepts no connections from the guest itself. @throws WAIT_TIMEOUT, DECLARATION_INVALID */
  waitForClosedPort(port: number, options?: PortOptions): Promise<void> {
    return waitForClosedPort(this.context, port, options);
  }

  // Console

  /** Waits until the console matches, looking from where the last such wait ended. @throws WAIT_TIMEOUT */
  waitForConsoleText(pattern: RegExp, options?: VerbOptions): Promise<RegExpExecArray> {
    return waitForConsoleText(this.context, pattern, options);
  }

  /** What the machine printed on its serial console since its last start, without colours. */
  consoleLog(): string {
    return consoleText(this.context);
  }

  // Files

  /** Copies a file or a tree into the guest, to exactly `target`. @throws COPY_FAILED */
  copyFromHost(source: string, target: string, options?: VerbOptions): Promise<CopySummary> {
    return copyFromHost(this.context, source, target, options);
  }

  /** Copies a file or a tree out of the guest, to exactly `target`, and never outside of it. @throws COPY_FAILED */
  copyToHost(source: string, target: string, options?: CopyOutOptions): Promise<CopySummary> {
    return copyToHost(this.context, source, target, options);
  }

  // Power

  /** Starts the machine and settles when it runs, before it is ready. Does nothing when it runs; `timeout` is the boot's. */
  start(options?: VerbOptions): Promise<void> {
    return start(this.context, options);
  }

  /** Waits until the machine has booted and its agent answers. @throws WAIT_TIMEOUT */
  waitUntilReady(options?: VerbOptions): Promise<void> {
    return waitUntilReady(this.context, options);
  }

  /** Powers the guest off in an orderly way. Disks stay as they are for the next start. @throws WAIT_TIMEOUT */
  shutdown(options?: VerbOptions): Promise<void> {
    return shutdown(this.context, options);
  }

  /** Waits until the machine has ended by itself. @throws WAIT_TIMEOUT */
  waitForShutdown(options?: VerbOptions): Promise<void> {
    return waitForShutdown(this.context, options);
  }

  /** Cuts the power. */
  crash(options?: VerbOptions): Promise<void> {
    return crash(this.context, options);
  }

  /** Restarts the guest in an orderly way and waits until it is ready again. @throws WAIT_TIMEOUT */
  reboot(options?: VerbOptions): Promise<void> {
    return reboot(this.context, options);
  }

  /**
   * Follows the guest into another system that `change` brings about while the machine runs on: a new root, a kernel started by
   * kexec, an agent that is replaced. Settles when the agent there answers; it has its name and addresses again then. The
   * command that does it may be cut off: AGENT_LOST is no error of `change`.
   * @throws WAIT_TIMEOUT when the former agent stays; BOOT_TIMEOUT when none answers after it; what `change` throws
   */
  reconnect(change: () => unknown, options?: VerbOptions): Promise<void> {
    return reconnect(this.context, change, options);
  }

  /** Whether it has booted and runs now. Starts nothing. */
  isUp(): boolean {
    return isUp(this.context);
  }

  // Log

  /** Writes a line into the cluster's trace. */
  log(text: string): void {
    log(this.context, text);
  }

  /** Runs `work` as a titled block of the log. */
  nested<T>(title: string, work: () => T | Promise<T>): Promise<T> {
    return nested(this.context, title, work);
  }

  /** {@link nested}, under the name that the NixOS test driver has for a part of a test. */
  subtest<T>(title: string, work: () => T | Promise<T>): Promise<T> {
    return nested(this.context, `subtest: ${title}`, work);
  }

  /** Runs `work`, during which oopses of the kernel and core dumps of processes are nothing to tell of. */
  allowStumbles<T>(work: () => T | Promise<T>): Promise<T> {
    return this.context.stumbles.allow(work);
  }

  /**
   * What has gone wrong in the guest by itself since the last call, unless it is allowed: an oops or panic of its kernel, or
   * processes that dumped core. Within Vitest it is taken after each test, which then fails.
   */
  takeStumble(): Promise<MachinesError | undefined> {
    return takeStumble(this.context);
  }

  /** What to show of this machine beside a failed test, as blocks of text: what failed around it, its last commands, its console. */
  evidence(): string[] {
    return evidence(this.context);
  }

  /**
   * {@link evidence}, after what a guest with systemd tells: the journals of units that have failed, and of those that were
   * waited for. Takes up to five seconds.
   */
  collectEvidence(): Promise<string[]> {
    return collectEvidence(this.context);
  }
}
