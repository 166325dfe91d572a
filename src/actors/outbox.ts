/** Gathers what is said within one turn: a port takes 20 µs a message on both sides, whatever its size. */
export class Outbox<Message> {
  readonly #send: (batch: readonly Message[]) => void;
  #batch: Message[] = [];

  constructor(send: (batch: readonly Message[]) => void) {
    this.#send = send;
  }

  push(message: Message): void {
    if (this.#batch.length === 0) queueMicrotask(() => this.#flush());
    this.#batch.push(message);
  }

  #flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#send(batch);
  }
}
