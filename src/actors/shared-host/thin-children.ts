import { constants as os } from "node:os";
import type { CompiledChain } from "../../sys/compiled-chain.ts";
import { closeFd } from "../../sys/files.ts";
import { errorCode, SystemError } from "../../sys/errors.ts";
import { STAGES } from "../../sys/process.ts";
import type { ChildEars } from "../daemon/daemon-world.ts";
import type { KnownChild } from "./introduction.ts";
import { plainOrder, startOrder } from "./orders.ts";

type Send = (packet: Uint8Array, fds: readonly number[]) => void;

interface Child {
  readonly ears: ChildEars;
  readonly name: string | undefined;
  pid: number | undefined;
}

/** The children of a thin process, as its host knows them: by numbers of ours, since theirs may be another's soon. */
export class ThinChildren {
  readonly #send: Send;
  readonly #earlier: readonly KnownChild[];
  readonly #children = new Map<number, Child>();
  readonly #idOf = new Map<number, number>();
  #next: number;

  constructor(send: Send, earlier: readonly KnownChild[]) {
    this.#send = send;
    this.#earlier = earlier;
    this.#next = 1 + Math.max(0, ...earlier.map(({ id }) => id));
  }

  /** Those that an earlier host has started get ears. */
  adopt(earsOf: (child: KnownChild) => ChildEars): void {
    for (const child of this.#earlier) {
      this.#children.set(child.id, { ears: earsOf(child), name: undefined, pid: child.pid });
      this.#idOf.set(child.pid, child.id);
    }
  }

  /** `descriptors`: its number, ours. */
  start(chain: CompiledChain, descriptors: readonly (readonly [number: number, fd: number])[], tag: number, ears: ChildEars): void {
    const id = this.#newId();
    const ascending = descriptors.toSorted(([one], [other]) => one - other);
    const numbers = ascending.map(([number]) => number);
    const fds = ascending.map(([, fd]) => fd);
    let file: number | undefined;
    try {
      const order = startOrder(id, tag, numbers, chain);
      ({ file } = order);
      this.#children.set(id, { ears, name: chain.end.argv[0], pid: undefined });
      this.#send(order.packet, file === undefined ? fds : [file, ...fds]);
    } catch (error) {
      this.#children.delete(id);
      if (!(error instanceof SystemError)) throw error;
      ears.failed(error);
    } finally {
      if (file !== undefined) closeFd(file);
    }
  }

  kill(pid: number, signal: number): void {
    const id = this.#idOf.get(pid);
    if (id !== undefined) this.#send(plainOrder("G", id, signal), []);
  }

  /** P id pid stage errno */
  started([, id = 0, pid = 0, stage = 0, error = 0]: Int32Array): void {
    const child = this.#children.get(id);
    if (child === undefined || child.pid !== undefined) return;
    if (pid === 0) {
      this.#children.delete(id);
      child.ears.failed(new SystemError(STAGES[stage] ?? "spawn", child.name, errorCode(error === 0 ? os.errno.EINVAL : error)));
      return;
    }
    child.pid = pid;
    this.#idOf.set(pid, id);
    child.ears.started(pid);
  }

  /** E id status */
  ended([, id = 0, status = 0]: Int32Array): void {
    const child = this.#children.get(id);
    if (child?.pid === undefined) return;
    this.#children.delete(id);
    if (this.#idOf.get(child.pid) === id) this.#idOf.delete(child.pid);
    child.ears.ended(status);
  }

  #newId(): number {
    do this.#next = (this.#next % 0x7fffffff) + 1;
    while (this.#children.has(this.#next));
    return this.#next;
  }
}
