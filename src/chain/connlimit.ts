import { ExitError } from "../cli/failures.ts";
import { parseUint } from "../formats/uint.ts";
import type { Decider } from "./decision.ts";

/** s6-connlimit prog... */
export const decideConnlimit: Decider = (rest, { environment }) => {
  const variable = (name: string): string => {
    const value = environment.get(name);
    if (value === undefined) throw new ExitError(100, `${name} not set`);
    return value;
  };
  const numberIn = (name: string, value: string): number => {
    const number = parseUint(value);
    if (number === undefined) throw new ExitError(100, `invalid ${name}`);
    return number;
  };
  const proto = variable("PROTO");
  if (proto === "") throw new ExitError(100, "empty PROTO");
  const count = numberIn(`${proto}CONNNUM`, variable(`${proto}CONNNUM`));
  const most = environment.get(`${proto}CONNMAX`);
  if (most !== undefined && count > numberIn(`${proto}CONNMAX`, most)) {
    return { type: "refuse", code: 1, message: `number of connections from this client limited to ${most}` };
  }
  return { type: "goOn", link: { operations: [], rest } };
};
