// The super-server: connections by a native client to a static handler, what one takes and what it costs with all that is started for it.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeGroup } from "./cgroup.mjs";
import { C_BIN, directory, median, OUR_BIN, program, sleep } from "./trees.mjs";

const BINS = { c: C_BIN, ours: OUR_BIN };
const CONNECTIONS = 4000;
const WARM_UP = 400;
const CONCURRENT = [1, 8];

/** client PATH HOW-MANY AT-ONCE: nanoseconds, until all have been read to their end. */
const CLIENT = `
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int begin(char const *path) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  strcpy(address.sun_path, path);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) { perror("connect"); exit(111); }
  return fd;
}

int main(int argc, char **argv) {
  long left = atol(argv[2]), open = 0, got = 0, wanted = left;
  int most = atoi(argv[3]);
  struct pollfd set[64];
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (; open < most && left > 0; open++, left--) set[open] = (struct pollfd){ .fd = begin(argv[1]), .events = POLLIN };
  while (open > 0) {
    char bytes[64];
    poll(set, open, -1);
    for (int index = 0; index < open; index++) {
      if (set[index].revents == 0) continue;
      ssize_t count = read(set[index].fd, bytes, sizeof bytes);
      if (count > 0) { got += count; continue; }
      close(set[index].fd);
      if (left > 0) { set[index].fd = begin(argv[1]); left--; }
      else set[index--] = set[--open];
    }
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  if (got != 6 * wanted) { fprintf(stderr, "%ld bytes of %ld connections\\n", got, wanted); return 1; }
  printf("%.0f\\n", (to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec));
}
`;

function client(dir) {
  const path = join(dir, "client");
  writeFileSync(`${path}.c`, CLIENT);
  execFileSync("gcc", ["-O2", "-static", "-o", path, `${path}.c`]);
  return (...args) => Number(execFileSync(path, args, { encoding: "utf8" }));
}

/** What stands before the handler. */
const BEFORE = {
  "": () => [],
  " behind s6-ipcserver-access": (dir) => {
    mkdirSync(join(dir, "rules", "uid", "default"), { recursive: true });
    writeFileSync(join(dir, "rules", "uid", "default", "allow"), "");
    return ["s6-ipcserver-access", "-v0", "-l", "bench", "-i", join(dir, "rules")];
  },
};

async function measure(suite, before, concurrent) {
  const dir = directory("ipc-");
  const socket = join(dir, "socket");
  const connect = client(dir);
  const group = makeGroup("cpu");
  const enter = group === undefined ? "" : `echo $$ > ${group.entry}; `;
  const command = ["s6-ipcserver", "-1", socket, ...BEFORE[before](dir), program("once")];
  const server = spawn("/bin/sh", ["-c", `${enter}exec "$@"`, "sh", ...command], {
    env: { ...process.env, PATH: `${BINS[suite]}:/usr/bin:/bin` }, stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  await new Promise((resolve) => server.stdout.once("data", resolve));
  connect(socket, WARM_UP, concurrent);
  const beforehand = group?.usage() ?? 0;
  const wall = connect(socket, CONNECTIONS, concurrent) / 1e3 / CONNECTIONS;
  await sleep(50); // the last ones are waited for
  const cpu = ((group?.usage() ?? 0) - beforehand) * 1e6 / CONNECTIONS;
  server.kill("SIGTERM");
  await ended;
  group?.remove();
  return { wall, cpu };
}

export async function ipcserver(rounds) {
  const figures = [];
  for (const before of Object.keys(BEFORE)) {
    if (before !== "" && !existsSync(join(OUR_BIN, "s6-ipcserver-access"))) continue;
    for (const concurrent of CONCURRENT) {
      const results = { c: [], ours: [] };
      for (let round = 0; round < rounds; round++) for (const suite of ["c", "ours"]) results[suite].push(await measure(suite, before, concurrent));
      const clients = concurrent === 1 ? "1 client" : `${concurrent} clients`;
      for (const [what, title] of [["wall", "per connection"], ["cpu", "CPU per connection"]]) {
        const raw = { c: results.c.map((result) => result[what]), ours: results.ours.map((result) => result[what]) };
        const figure = `s6-ipcserver${before}, ${clients}: ${title}`;
        const target = before === "" ? 1 : what === "wall" ? 0.67 : 0.6;
        if (what === "cpu" && raw.c[0] === 0) figures.push({ figure, unavailable: "no cpu cgroup" });
        else figures.push({ figure, unit: "us", target, c: median(raw.c), ours: median(raw.ours), raw });
      }
    }
  }
  return figures;
}
