import type { QmpEvent } from "../../qemu/qmp/messages.ts";
import type { VerbOptions } from "../options.ts";
import { ReachVerbs } from "../reach/reach-verbs.ts";
import { dumpTtyContents } from "../tty/dump-tty-contents.ts";
import { getTtyText } from "../tty/get-tty-text.ts";
import { waitUntilTtyMatches } from "../tty/wait-until-tty-matches.ts";
import { qmp } from "./qmp.ts";
import { sendChars } from "./send-chars.ts";
import { sendConsole } from "./send-console.ts";
import { sendKey, type KeyOptions } from "./send-key.ts";
import { sendMonitorCommand } from "./send-monitor-command.ts";
import { setLinks } from "./set-links.ts";
import { waitForQmpEvent } from "./wait-for-qmp-event.ts";

/** What a person at the machine would do: keys, terminals, cables, and the monitor. */
export abstract class ControlVerbs extends ReachVerbs {
  /**
   * Presses keys together and lifts them: a character of the US layout, QEMU's name of a key, or several joined by dashes,
   * such as `ctrl-alt-delete`. @throws DECLARATION_INVALID, QMP_FAILED
   */
  sendKey(key: string, options?: KeyOptions): Promise<void> {
    return sendKey(this.context, key, options);
  }

  /** Types a text as on a keyboard with the US layout. @throws DECLARATION_INVALID before anything is typed */
  sendChars(text: string, options?: KeyOptions): Promise<void> {
    return sendChars(this.context, text, options);
  }

  /** Types into the serial console. */
  sendConsole(text: string): Promise<void> {
    return sendConsole(this.context, text);
  }

  /** What stands on a virtual terminal, such as 1. @throws COMMAND_FAILED */
  getTtyText(tty: number | string, options?: VerbOptions): Promise<string> {
    return getTtyText(this.context, tty, options);
  }

  /** Waits until what stands on a virtual terminal matches. @throws WAIT_TIMEOUT */
  waitUntilTtyMatches(tty: number | string, pattern: RegExp, options?: VerbOptions): Promise<RegExpExecArray> {
    return waitUntilTtyMatches(this.context, tty, pattern, options);
  }

  /** Writes what stands on a virtual terminal into the log. */
  dumpTtyContents(tty: number | string): Promise<void> {
    return dumpTtyContents(this.context, tty);
  }

  /** Pulls the cables of all VLAN cards: nothing comes in or goes out, and the guest sees its links go down. */
  block(): Promise<void> {
    return setLinks(this.context, false);
  }

  /** Plugs the cables of all VLAN cards in again. */
  unblock(): Promise<void> {
    return setLinks(this.context, true);
  }

  /** Runs a command of QEMU's own protocol; what it returns is QEMU's to say. @throws QMP_FAILED */
  qmp<T = unknown>(command: string, parameters?: Readonly<Record<string, unknown>>): Promise<T> {
    return qmp<T>(this.context, command, parameters);
  }

  /** Runs one line of QEMU's monitor and returns what it prints. Its own mistakes are part of that text. */
  sendMonitorCommand(command: string): Promise<string> {
    return sendMonitorCommand(this.context, command);
  }

  /** Waits for an event of QEMU from now on, by its name or by a question to each. @throws WAIT_TIMEOUT */
  waitForQmpEvent(wanted: string | ((event: QmpEvent) => boolean), options?: VerbOptions): Promise<QmpEvent> {
    return waitForQmpEvent(this.context, wanted, options);
  }
}
