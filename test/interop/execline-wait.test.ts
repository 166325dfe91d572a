import { describe, expect, test } from "vitest";
import { ourScript, sameScript } from "../support/execline-scripts.ts";

/** Of a child that ends when the file is there. */
const UNTIL = (file: string, code: number): string => `sh -c "until test -e ${file}; do sleep 0.01; done; exit ${code}"`;
const LIVING = `background { ${UNTIL("end", 0)} }`;
const dead = (code: string, name: string): string => `background { sh -c "${code}" } importas -i ${name} !`;
const WITHOUT_PID = 'sh -c "env | grep -v ^! | sort"';

describe("children", () => {
  test.each([
    "wait { } echo x", "wait -o { } env", "wait -o { }", "export ? 1 export ! 2 wait -o { } env", "export ? 1 export ! 2 wait { } env", "wait { 1 2 3 } echo a", "wait { 0 } echo a", "wait { -1 +1 } echo a", "wait -i { 1 } echo a", "wait -oi { } echo a",
    "wait { 2147483648 -2147483648 } echo x", "wait { 4294967297 } echo x", "wait { 1 x } echo", "wait { 1x } echo", 'wait { " 1" } echo', "wait -z { } echo", "wait -t x { } echo", "wait -t -1 { } echo", "wait -t", "wait { }", "wait { 1 }", "wait { } nonexistent",
    "wait", "wait -r", "wait -o", "wait -i", "wait -t 10", "wait 1", "wait 0", "wait -- -1", "wait x", "wait 1 -x", "wait 4294967297", "wait -o 1 2",
    `${dead("exit 3", "a")} wait { } sh -c "ps -o stat= --ppid $$ | grep -c Z"`, `${dead("exit 3", "a")} wait { $a } sh -c "ps -o stat= --ppid $$ | grep -c Z"`, `${dead("exit 3", "a")} wait { $a $a } echo x`, `${dead("exit 3", "a")} wait $a $a`,
    `${dead("exit 200", "a")} wait $a`, `${dead("kill -9 $$", "a")} wait $a`, `${dead("exit 5", "a")} wait $a 4`, `${dead("exit 5", "a")} wait 4 $a`, `${dead("exit 5", "a")} ${dead("exit 6", "b")} wait $a $b`, `${dead("exit 5", "a")} ${dead("exit 6", "b")} wait $b $a`,
    `${dead("sleep 0.1; exit 5", "a")} wait -o { $a } ${WITHOUT_PID}`, `${dead("sleep 0.1; kill -9 $$", "a")} wait -o { $a } ${WITHOUT_PID}`, `${dead("sleep 0.1; exit 200", "a")} wait -o { } ${WITHOUT_PID}`, `${dead("sleep 0.1; exit 5", "a")} wait -o { $a } printenv ?`,
    `${dead("sleep 0.1; exit 5", "a")} wait`, `${dead("sleep 0.1; exit 5", "a")} wait -o`, `${dead("sleep 0.1; exit 5", "a")} wait -o $a`, `${dead("sleep 0.1; exit 5", "a")} wait -t 20000 $a`, `${dead("sleep 0.1; exit 5", "a")} wait -it 20000 { } echo x`,
    `${dead("exit 5", "a")} foreground { sleep 0.1 } wait -r $a`, `${dead("exit 5", "a")} foreground { sleep 0.1 } wait -r`, `${dead("exit 5", "a")} foreground { sleep 0.1 } wait -ri { } echo x`, "pipeline { sh -c \"exit 7\" } wait -o { } printenv ?",
    "pipeline -d { true } wait { } echo x", "background -d { true } wait -i { } echo x", `${dead("true", "a")} if { true } foreground { true } wait -o { $a } printenv ?`,
  ])("%s", (script) => void sameScript(script, { before: "cd /;" }));

  test.each([
    "wait -r { } touch end", "wait -ri { } touch end", "wait -t 20 { } touch end", "wait -t 20 -i { } touch end", "wait -t 20 -o { } foreground { touch end } env", "wait -ro { } foreground { touch end } env", "wait -t 20 -oi { } touch end",
    "importas a ! wait -r { $a } touch end", "importas a ! wait -ri { $a } touch end", "wait -r", "wait -ri", "wait -ro", "importas a ! wait -r $a", "importas a ! wait -ri $a", "importas a ! wait -ro $a", "importas a ! wait -t 20 $a", "wait -t 20",
    "wait -oi -t 0 -I { } foreground { touch end } printenv ?",
  ])("one that lives: %s", (script) => void sameScript(`foreground { sh -c "rm -f end" } ${LIVING} ${script}`, { before: "{ sleep 0.4; touch end; } >/dev/null 2>&1 &" }));

  test("others are left alone, dead or alive", () => {
    const { stdout } = ourScript(`${dead("exit 5", "a")} ${dead("exit 6", "b")} foreground { sleep 0.1 } wait { $a } wait -o { } printenv ?`);
    expect(stdout).toBe("6\n");
  });

  test("one of several that are dead", () => {
    const { stdout } = ourScript(`${dead("exit 5", "a")} ${dead("exit 6", "b")} foreground { sleep 0.1 } wait -o { $b $a } foreground { printenv ? } wait -o { } printenv ?`);
    expect(stdout).toBe("6\n5\n");
  });

  test.each(["wait { } touch late", "wait -o { } touch late", "importas a ! wait { $a } touch late"])("%s waits, and does not look again and again", (script) => {
    const { stdout } = ourScript(`foreground { sh -c "rm -f late" } background { sleep 0.3 } ${script.replace("touch late", () => "sh -c \"cut -d' ' -f14,15 /proc/$$/stat\"")}`);
    const [user = 99, system = 99] = stdout.trim().split(" ").map(Number);
    expect(user + system).toBeLessThan(25);
  });

  test("with SIGCHLD ignored, as it was", () => {
    const script = `${dead("sleep 0.05; exit 5", "a")} wait { } sed -n /SigIgn/p /proc/self/status`;
    expect(ourScript(script, { before: "trap '' CHLD;" }).stdout).toBe("SigIgn:\t0000000000010000\n");
  });
});
