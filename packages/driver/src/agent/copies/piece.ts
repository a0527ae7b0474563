/** A part of a file: bytes, which are valid until the next piece is asked for, or a stretch of zeros that takes no room. */
export type FilePiece =
  { readonly kind: "data"; readonly bytes: Buffer } | { readonly kind: "hole"; readonly length: number };

/** The most that one piece of a large file holds: what the agent has a buffer for. */
export const pieceBytes: number = 2 * 1024 * 1024;
