/** The calls that short-lived programs use, as one interface that tests can fake. Implemented in real-sys.ts. */
export type Sys = typeof import("./real-sys.ts");
