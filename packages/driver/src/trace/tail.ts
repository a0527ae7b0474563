/** The end of a text: at most so many lines, at most so many characters, and a first line that says what is missing. */
export function tail(text: string, lines = 20, characters = 4_000): string {
  const all = text.replace(/\n$/, "").split("\n");
  const kept = all.slice(-lines).join("\n").slice(-characters);
  const whole = all.join("\n");
  if (kept.length === whole.length) return whole;
  return `… (${whole.length - kept.length} characters before this)\n${kept}`;
}
