import { constants } from "node:fs";
import { SystemError } from "../../sys/errors.ts";
import { AT_FDCWD, closeFd, openAt, writeFd } from "../../sys/files.ts";
import { acceptPeer, type Packet, type Peer, peerOf, receivePacket, sendPacket } from "../../sys/packets.ts";
import { canWrite, POLL_IN } from "../../sys/poller.ts";
import { geteuid, umask } from "../../sys/process.ts";
import { ThreadWatcher } from "../watcher.ts";
import { IntroductionReader, letterOf, wordsOf } from "./introduction.ts";
import { readPapers } from "./papers.ts";
import { standingOf } from "./standing.ts";
import { ThinProcess } from "./thin-process.ts";
import { Turns } from "./turns.ts";

/** The work of one thin process. */
export interface Served {
  signal(number: number): void;
  /** The process is gone, and nobody is left to exit: whatever it held is given back. */
  abandon(): void;
}

/** Begins the work of a program. "ended": the process was told to exit already; later, that is what `ended` is called for. */
export type Serve = (thin: ThinProcess, turns: Turns, ended: () => void) => Served | "refused" | "ended";

interface Client {
  /** Until all of it has come. */
  introduction?: IntroductionReader;
  thin?: ThinProcess;
  served?: Served;
}

/** Kept for the moment when there are no more descriptors. */
const openSpare = (): number => openAt(AT_FDCWD, "/dev/null", constants.O_RDONLY);

/** The first packet (native/launcher/connect-host.c). */
const HELLO = Buffer.from("W");

/** Without anybody to work for. */
const LINGER_MS = 2000;

/**
 * Works for thin processes of its own standing, all in one thread, until none is left. `programs`: what is done for
 * a program, by its name. `exit` is called at the end.
 */
export class SharedHost {
  readonly #listener: number;
  readonly #programs: ReadonlyMap<string, Serve>;
  readonly #exit: () => void;
  readonly #watcher = new ThreadWatcher();
  readonly #turns = new Turns(this.#watcher);
  readonly #standing = standingOf("self");
  readonly #clients = new Map<number, Client>();
  #spare = openSpare();
  #farewell: NodeJS.Timeout | undefined;

  constructor(listener: number, programs: ReadonlyMap<string, Serve>, exit: () => void) {
    this.#listener = listener;
    this.#programs = programs;
    this.#exit = exit;
  }

  begin(): void {
    umask(0);
    this.#watcher.watch(this.#listener, POLL_IN, () => this.#accept());
    this.#linger();
  }

  /** It can't go on, and has no stderr: somebody whom it served is told. Those look for another host. */
  lastWords(text: string): void {
    for (const { thin } of this.#clients.values()) {
      if (thin === undefined || !canWrite(thin.stderr)) continue;
      writeFd(thin.stderr, Buffer.from(text));
      return;
    }
  }

  #linger(): void {
    clearTimeout(this.#farewell);
    if (this.#clients.size > 0) return;
    this.#farewell = setTimeout(() => {
      this.#accept(); // who comes at the last moment
      if (this.#clients.size === 0) this.#exit();
    }, LINGER_MS);
  }

  #accept(): void {
    for (let connection = this.#next(); connection !== undefined; connection = this.#next()) this.#welcome(connection);
    this.#linger();
  }

  /** Where there are no descriptors for another one, it is turned away, and works by itself. */
  #next(): number | undefined {
    try {
      return acceptPeer(this.#listener);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      closeFd(this.#spare);
      const connection = acceptPeer(this.#listener);
      if (connection !== undefined) closeFd(connection);
      this.#spare = openSpare();
      return undefined;
    }
  }

  #welcome(connection: number): void {
    if (!this.#isEqual(peerOf(connection))) {
      closeFd(connection);
      return;
    }
    sendPacket(connection, HELLO); // the kernel says whose it is: so the other side knows us, too
    this.#clients.set(connection, { introduction: new IntroductionReader() });
    this.#watcher.watch(connection, POLL_IN, () => this.#listen(connection));
    this.#listen(connection);
  }

  /** Whoever may do something else than we may is not served: it would do through us what it may not do. */
  #isEqual({ uid, pid }: Peer): boolean {
    return uid === geteuid() && this.#standing !== undefined && standingOf(pid) === this.#standing;
  }

  #listen(connection: number): void {
    for (;;) {
      const client = this.#clients.get(connection);
      if (client === undefined) return;
      const packet = receivePacket(connection);
      if (packet === "again") return;
      if (packet === "gone" || !this.#hear(connection, client, packet)) {
        this.#forget(connection);
        return;
      }
    }
  }

  /** False: it speaks another language, or is refused. */
  #hear(connection: number, client: Client, packet: Packet): boolean {
    const { introduction, thin, served } = client;
    if (introduction !== undefined) return this.#take(connection, client, introduction, packet);
    for (const fd of packet.fds) closeFd(fd);
    if (thin === undefined || served === undefined) return false;
    const words = wordsOf(packet);
    switch (letterOf(words)) {
      case "S": {
        const [, signal = 0] = words;
        this.#turns.of(thin, () => served.signal(signal));
        if (this.#clients.has(connection)) thin.heard(signal);
        return true;
      }
      case "P": this.#turns.of(thin, () => thin.children.started(words)); return true;
      case "E": this.#turns.of(thin, () => thin.children.ended(words)); return true;
      default: return false;
    }
  }

  #take(connection: number, client: Client, reader: IntroductionReader, packet: Packet): boolean {
    const introduction = reader.take(packet);
    if (introduction === "more") return true;
    delete client.introduction;
    const papers = introduction === undefined ? undefined : readPapers(introduction.papers);
    if (introduction === undefined || papers === undefined) {
      for (const fd of reader.fds) if (fd !== introduction?.papers) closeFd(fd);
      return false;
    }
    const thin = new ThinProcess(connection, this.#watcher, papers, introduction);
    client.thin = thin;
    const serve = this.#programs.get(papers.program) ?? (() => "refused" as const);
    const served = this.#turns.of(thin, () => serve(thin, this.#turns, () => this.#forget(connection)));
    if (served === "refused") thin.refuse();
    if (served === "refused" || served === "ended") return false;
    client.served = served;
    return true;
  }

  #forget(connection: number): void {
    const client = this.#clients.get(connection);
    if (client === undefined) return;
    this.#clients.delete(connection);
    const { introduction, thin, served } = client;
    introduction?.fds.forEach(closeFd);
    if (thin !== undefined) {
      if (served !== undefined) this.#turns.of(thin, () => served.abandon());
      this.#turns.leave(thin);
      thin.close();
    }
    this.#watcher.unwatch(connection);
    closeFd(connection);
    this.#linger();
  }
}
