import { StartError } from "../actors/start-error.ts";
import { ExitError } from "./failures.ts";

/** What a daemon that can't start ends with. */
export const exitErrorOf = (error: unknown): unknown => (error instanceof StartError ? new ExitError(error.code, error.message) : error);
