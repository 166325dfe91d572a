import type { Bytes } from "../formats/bytes.ts";

/** For the calls of node:fs. */
export const nodePath = (path: Bytes): string | Buffer => (typeof path === "string" ? path : Buffer.from(path));
