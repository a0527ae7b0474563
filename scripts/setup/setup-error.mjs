/** Something that the reader has to do; its message says what, so that no stack trace is needed. */
export class SetupError extends Error {}
