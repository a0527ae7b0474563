/** The command that prints what stands on a virtual terminal, line by line as wide as it is. */
export function ttyCommand(tty: number | string): string {
  return `fold --width="$(stty --file=/dev/tty${tty} size | cut -d" " -f2)" /dev/vcs${tty}`;
}
