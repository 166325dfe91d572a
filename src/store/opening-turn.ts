import { type LockRange, lockRange, lockRangeLater } from "../sys/lock.ts";

/** Far behind the end of any journal: nothing is ever written there. */
const DOOR: LockRange = { start: 2 ** 40, length: 1 };
const ROOM: LockRange = { start: 2 ** 40 + 1, length: 1 };
const BOTH: LockRange = { start: DOOR.start, length: 2 };

/**
 * lmdb, when it opens an environment, notes in its lock file which transaction is the newest, as it was when it began to open:
 * what another process commits meanwhile is lost, or fails, and everything after it. So nobody opens while somebody
 * commits, told by locks on two bytes of data.mdb. Who commits goes through the door into the room, together with others; who
 * opens closes the door behind itself and waits until the room is empty. Hence an opening waits for the commits under
 * way and for none after them, and a process that dies lets go of everything.
 */
export class OpeningTurn {
  readonly #fd: number;

  /** Of data.mdb, open for writing; it stays the caller's. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** undefined: nobody opens, and nobody will before leave(). Else when that is so. Rejects with a SystemError. @throws SystemError */
  commit(): Promise<void> | undefined {
    if (!lockRange(this.#fd, "shared", BOTH)) return lockRangeLater(this.#fd, "shared", BOTH).then(() => this.#openDoor());
    this.#openDoor();
    return undefined;
  }

  /** undefined: nobody commits or opens, and nobody will before leave(). Else when that is so. Rejects with a SystemError. @throws SystemError */
  open(): Promise<void> | undefined {
    if (!lockRange(this.#fd, "exclusive", DOOR)) return lockRangeLater(this.#fd, "exclusive", DOOR).then(() => this.#empty());
    return this.#empty();
  }

  leave(): void {
    lockRange(this.#fd, "none", BOTH);
  }

  #empty(): Promise<void> | undefined {
    return lockRange(this.#fd, "exclusive", ROOM) ? undefined : lockRangeLater(this.#fd, "exclusive", ROOM);
  }

  #openDoor(): void {
    lockRange(this.#fd, "none", DOOR);
  }
}
