// Before the tests: Debian's C s6 is the peer that the interop tests measure us against; OpenRC and some daemons are run
// by our tree. Installs them where it may, else says what is missing.
import { spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const PACKAGES = {
  s6: "s6-svscan",
  execline: "execlineb",
  ncat: "ncat",
  openrc: "openrc-run",
  "redis-server": "redis-server",
  nginx: "nginx",
  "openssh-server": "sshd",
};
/** As long as it is there and says no, Debian starts no daemon that it installs. */
const POLICY = "/usr/sbin/policy-rc.d";

function isOnPath(program) {
  return [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
const missing = () => Object.keys(PACKAGES).filter((name) => !isOnPath(PACKAGES[name]));

const wanted = missing();
if (wanted.length > 0 && process.getuid?.() === 0 && isOnPath("apt-get")) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update", "-q"], { stdio: "inherit", env });
  const isOurPolicy = !existsSync(POLICY);
  if (isOurPolicy) {
    writeFileSync(POLICY, "#!/bin/sh\nexit 101\n");
    chmodSync(POLICY, 0o755);
  }
  spawnSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...wanted], { stdio: "inherit", env });
  if (isOurPolicy) rmSync(POLICY);
}
const left = missing();
if (left.length > 0) {
  console.error(`The tests need these Debian packages, which are not here: ${left.join(" ")}`);
  console.error(`Install them (apt-get install ${left.join(" ")}), or run npm run test:unit, which needs none.`);
  process.exit(1);
}
