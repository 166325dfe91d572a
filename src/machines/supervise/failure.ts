import { exitCode, termSignal } from "../../formats/wait-status.ts";
import type { Fact } from "./facts.ts";

/** ./finish exits with it: do not restart (s6 documentation, servicedir). */
const PERMANENT_FAILURE = 125;

export const failedForGood = (fact: Fact): boolean =>
  fact.type === "finish.died" &&
  termSignal(fact.waitStatus) === 0 &&
  exitCode(fact.waitStatus) === PERMANENT_FAILURE;
