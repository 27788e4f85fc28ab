export * from "./Debugging.js";
