export type * from "./image.ts";
export { tiny, type TinyOptions } from "./tiny/tiny.ts";
export type { TinySuite } from "./tiny/suite.ts";
