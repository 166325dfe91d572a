import { expect, test } from "vitest";
import { eventually } from "../interop/svscan-tree.ts";
import { client, listed, startHolder } from "../support/holders.ts";
import { ACCOUNTS, as, hostsOf, killHosts } from "../support/hosts.ts";
import { descriptorsOf, restingDescriptorsOf, type RunningServer } from "../support/servers.ts";

const ACCOUNT = ACCOUNTS.holder;
/** S6_ACTORS_HOST_KILLS=1000 for a long night. */
const KILLS = Number(process.env["S6_ACTORS_HOST_KILLS"] ?? 20);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const holderOfAccount = (...options: readonly string[]): Promise<RunningServer> =>
  startHolder({ owner: ACCOUNT, options, before: as(ACCOUNT) });
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
const ownOf = (holder: RunningServer, id: string): string => client(holder, `s6-fdholder-retrieve "$S" ${id} cat`).stdout;

test(`${KILLS} times kill -9 of the host: each descriptor that was stored is held, under its name, and no other`, { timeout: 60_000 + 3000 * KILLS }, async () => {
  const holder = await holderOfAccount();
  const before = await restingDescriptorsOf(holder.pid);
  const stored = new Set<string>();
  for (let round = 0, kills = 0; kills < KILLS; round++) {
    const id = `id${round}`;
    const killing = pause(Math.random() * 30).then(() => killHosts(ACCOUNT));
    if (client(holder, `echo ${id} >f${round}; s6-fdholder-store "$S" ${id} <f${round}; s=$?; rm f${round}; exit $s`).exitCode === 0) stored.add(id);
    // One whose answer was lost may be held; it is told to go, until somebody says that it is not there.
    const old = `id${round - 5}`;
    if (round % 2 === 0 && stored.delete(old)) await eventually(() => client(holder, `s6-fdholder-delete "$S" ${old}`).stderr).toMatch(/^$|No such file/);
    kills += await killing;
  }
  await eventually(() => client(holder, 's6-fdholder-list "$S"').exitCode).toBe(0);
  const held = listed(holder);
  expect(held).toEqual(expect.arrayContaining([...stored]));
  for (const id of held) expect(ownOf(holder, id)).toBe(`${id}\n`);
  await eventually(() => descriptorsOf(holder.pid).length).toBe(before.length + held.length);
  const [host = -1] = hostsOf(ACCOUNT);
  expect(descriptorsOf(host).length).toBeLessThan(held.length + 60);
});

test("a thousand descriptors, their dates and their order survive", async () => {
  const holder = await holderOfAccount("-n", "1500");
  const said = client(holder, `for i in ${numbers(1000).join(" ")}; do s6-fdholder-store "$S" $i </dev/null & test $((i % 8)) = 7 && wait; done; wait`);
  expect({ ...said, holder: holder.stderr() }).toEqual({ exitCode: 0, stdout: "", stderr: "", holder: "" });
  client(holder, 's6-fdholder-store -T 1000000 "$S" dated </dev/null');
  const dump = () => client(holder, 's6-fdholder-getdump "$S" env | grep ^S6_FD | grep -v ^S6_FD_').stdout;
  const [ids, before] = [listed(holder), dump()];
  expect(ids).toHaveLength(1001);
  expect(before).toMatch(/S6_FDLIMIT_\d+=@/);
  const open = (await restingDescriptorsOf(holder.pid)).length;
  for (let round = 0; round < 3; round++) {
    expect(killHosts(ACCOUNT)).toBe(1);
    await eventually(() => listed(holder)).toEqual(ids);
    expect(dump()).toBe(before);
  }
  expect(await restingDescriptorsOf(holder.pid)).toHaveLength(open);
  holder.process.kill("SIGTERM");
  expect(await holder.exited).toBe(1);
});

test("what has expired while there was no host is gone", async () => {
  const holder = await holderOfAccount();
  const before = (await restingDescriptorsOf(holder.pid)).length;
  client(holder, 's6-fdholder-store -T 200 "$S" soon </dev/null; s6-fdholder-store "$S" stays </dev/null');
  killHosts(ACCOUNT);
  await eventually(() => listed(holder)).toEqual(["stays"]);
  await eventually(() => descriptorsOf(holder.pid).length).toBe(before + 1);
});
