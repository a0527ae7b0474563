/** Sizes of type, in pixels. */
export const type = { title: 16, name: 13, text: 11 } as const;

/**
 * Of a monospaced font's characters, by their height: DejaVu, Menlo and SF Mono have 0.602, Consolas 0.55, Courier 0.6. All texts
 * are set in such a font, so that it is known how long they are wherever they are looked at.
 */
const advance = 0.61;

/** How long a text is at most, in pixels. */
export function textWidth(text: string, size: number): number {
  return Math.ceil(Array.from(text).length * size * advance);
}

/** A text of at most `most` characters; where it is cut shows. */
export function shorten(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text;
}

/** For content and for attributes. */
export function escape(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
