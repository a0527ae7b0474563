export type * from "./image.ts";
export { debian } from "./debian/debian.ts";
export type * from "./debian/options.ts";
export { tiny, type TinyOptions } from "./tiny/tiny.ts";
export type { DebianSuite } from "./apt/suite.ts";
