import { dirname } from "node:path";

/** The folder that holds package.json: two levels up from src/sys, dist/bin and dist/actors alike. */
export const packageRoot: string = dirname(dirname(import.meta.dirname));
