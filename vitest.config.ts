import { defineConfig } from "vitest/config";

// Two projects: rooms by themselves, and the whole against the kernel and Debian's C s6. Both run real processes, so a
// test may wait long on a busy machine before it is taken for lost; none asserts on time.
const common = { pool: "forks", testTimeout: 60_000, hookTimeout: 60_000 } as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/interop/**", "test/faults/**"],
        },
      },
      {
        test: {
          ...common,
          name: "system",
          // Real processes race on a busy machine: CI gives them a second chance, and prints that it did.
          retry: process.env["CI"] === undefined ? 0 : 2,
          include: ["test/interop/**/*.test.ts", "test/faults/**/*.test.ts"],
        },
      },
    ],
  },
});
