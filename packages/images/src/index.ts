export type * from "./image.ts";
export { tiny, type TinyOptions } from "./tiny/tiny.ts";
export type { DebianSuite } from "./apt/suite.ts";
