import { Writable } from "node:stream";
import { sinkOf, STDERR } from "./report.ts";

/**
 * To be imported before anything else. Node makes streams of descriptors 1 and 2 as soon as somebody asks for
 * process.stdout or process.stderr, which node:assert does when it is loaded, and each new thread; a pipe becomes
 * non-blocking by it, for our services, too, who would lose what does not fit at once. So nobody gets those streams, and
 * what Node has to say goes the way of our lines.
 */
for (const name of ["stdout", "stderr"] as const) {
  const value = new Writable({
    write(chunk: Buffer, _encoding, done) {
      sinkOf(STDERR).write(chunk.toString());
      done();
    },
  });
  Object.defineProperty(process, name, { configurable: true, value });
}
