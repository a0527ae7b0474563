export { default } from "vitest-machines/environment/runtime";
