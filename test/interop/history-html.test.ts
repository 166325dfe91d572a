import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { IDLE, makeTempDirectory, untilHeard } from "../support/c-tree.ts";
import { ours } from "../support/executables.ts";
import { eventually, type Scan, scan } from "./svscan-tree.ts";

const HOSTILE = "<img-src=x-onerror=alert(1)>";

let browser: Browser;
beforeAll(async () => {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
});
afterAll(() => browser?.close());

async function eventful(): Promise<Scan> {
  const tree = await scan({ "web/run": IDLE, "flappy/run": "#!/bin/sh\nexit 3\n", [`${HOSTILE}/run`]: IDLE, "quiet/run": IDLE, "quiet/down": "" });
  tree.up("web");
  untilHeard(tree.path("web"), "D", "s6-svc", "-d", tree.path("web"));
  untilHeard(tree.path("web"), "u", "s6-svc", "-u", tree.path("web"));
  await eventually(() => ours("s6-svhistory", "-k", "start", tree.path("web")).stdout.trim().split("\n").length).toBe(2);
  await eventually(() => ours("s6-svhistory", "-k", "death", tree.path("flappy")).stdout.trim().split("\n").length).toBeGreaterThan(2);
  return tree;
}

/** The page of a tree, in the browser; whatever it complains about, or asks from outside, fails the test. */
async function open(tree: Scan, colorScheme: "light" | "dark" = "light", ...options: string[]): Promise<Page> {
  const file = join(makeTempDirectory(), "page.html");
  expect(ours("s6-svhistory", "--html", file, ...options, tree.scandir)).toMatchObject({ exitCode: 0, stderr: "" });
  const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 700 } });
  const trouble: string[] = [];
  page.on("console", (message) => void trouble.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => void trouble.push(String(error)));
  page.on("dialog", (dialog) => void (trouble.push(`dialog ${dialog.message()}`), dialog.dismiss()));
  page.on("request", (request) => void (request.url().startsWith("file:") || trouble.push(request.url())));
  onTestFinished(async () => {
    expect(trouble).toEqual([]);
    await page.close();
  });
  await page.goto(pathToFileURL(file).href);
  await page.waitForFunction("document.querySelector('#axis').dataset.step !== undefined");
  return page;
}

const step = (page: Page): Promise<number> => page.locator("#axis").getAttribute("data-step").then(Number);
const range = (page: Page): Promise<string> => page.locator("#range").innerText();
const row = (page: Page, name: string) => page.locator(".row", { hasText: name });
/** How many different colours a row shows. */
const colours = (page: Page, name: string): Promise<number> => row(page, name).locator("canvas").evaluate((canvas) => {
  // In the page: no types of the DOM here.
  const drawn = canvas as unknown as { width: number; height: number; getContext(kind: "2d"): { getImageData(...box: number[]): { data: Uint8ClampedArray } } };
  const { data } = drawn.getContext("2d").getImageData(0, 0, drawn.width, drawn.height);
  const seen = new Set<string>();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) seen.add([...data.subarray(at, at + 3)].join());
  return seen.size;
});

describe("the page of s6-svhistory --html, in a browser", { timeout: 60_000 }, () => {
  test("has a row for each service with what it was, and shows names as they are", async () => {
    const page = await open(await eventful());
    const names = (await page.locator(".row b").allInnerTexts()).map((text) => text.split("\n")[0]?.trim().replace(/\d+$/, ""));
    expect(names).toEqual([HOSTILE, "flappy", "quiet", "web"]);
    expect(await page.locator("img").count()).toBe(0);
    expect(await colours(page, "web")).toBeGreaterThan(1);
    expect(await colours(page, "flappy")).toBeGreaterThan(1);
    expect(await colours(page, "quiet")).toBe(1);
  });

  test("is zoomed around the pointer, moved, and brought back, by wheel, mouse, keys and buttons", async () => {
    const page = await open(await eventful());
    const [all, coarse] = [await range(page), await step(page)];
    await row(page, "web").locator("canvas").hover();
    for (let turn = 0; turn < 12; turn++) await page.mouse.wheel(0, -240);
    await expect.poll(() => step(page)).toBeLessThan(coarse);
    const near = await range(page);
    await page.mouse.down();
    await page.mouse.move(300, 200, { steps: 5 });
    await page.mouse.up();
    await expect.poll(() => range(page)).not.toBe(near);
    expect(await page.locator("#panel").isVisible()).toBe(false); // a drag is no click
    await page.keyboard.press("0");
    await expect.poll(() => range(page)).toBe(all);
    await page.keyboard.press("+");
    await expect.poll(() => range(page)).not.toBe(all);
    await page.click("#all");
    await expect.poll(() => range(page)).toBe(all);
    await page.click("#in");
    await page.click("#later");
    await expect.poll(() => range(page)).not.toBe(all);
    await row(page, "web").locator("canvas").dblclick();
    await expect.poll(() => range(page)).toBe(all);
  });

  test("tells what is under the pointer", async () => {
    const page = await open(await eventful());
    const canvas = row(page, "web").locator("canvas");
    const box = await canvas.boundingBox();
    await canvas.hover({ position: { x: (box?.width ?? 0) - 3, y: 10 } });
    await expect.poll(() => page.locator("#tip").innerText()).toMatch(/^web: up, pid \d+\n+.* to .*\n+.*started: s6-svc -u: up/);
    await canvas.hover({ position: { x: 2, y: 10 } });
    await expect.poll(() => page.locator("#tip").innerText()).toMatch(/^web: (up|down)/);
    await page.mouse.move(5, 5);
    await expect.poll(() => page.locator("#tip").isVisible()).toBe(false);
  });

  test("lists the transitions and the figures of the service that is chosen, filtered", async () => {
    const page = await open(await eventful());
    await row(page, "flappy").click();
    expect(await page.locator("#panel h2").innerText()).toBe("flappy");
    expect(await page.locator("#events .crash").first().innerText()).toContain("exited 3");
    expect(await page.locator("#figures").innerText()).toMatch(/crashes/);
    const count = await page.locator("#events li").count();
    await page.fill("#filter", "exited");
    await expect.poll(() => page.locator("#events li").count()).toBeLessThan(count);
    await page.fill("#filter", "no such thing");
    await expect.poll(() => page.locator("#events li").count()).toBe(0);
    await page.keyboard.press("Escape");
    expect(await page.locator("#panel").isVisible()).toBe(false);
    await row(page, "web").focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("#events").innerText()).toContain("s6-svc -d: down");
    await page.fill("#search", "qui");
    await expect.poll(() => page.locator(".row").count()).toBe(1);
  });

  test("is dark where the user's system is", async () => {
    const tree = await eventful();
    const ground = (page: Page): Promise<string> => page.locator("body").evaluate("getComputedStyle(document.body).backgroundColor");
    const [light, dark] = [await ground(await open(tree)), await ground(await open(tree, "dark"))];
    expect(dark).not.toBe(light);
  });

  test("shows only the time that was asked for", async () => {
    const tree = await eventful();
    const whole = await open(tree);
    const late = await open(tree, "light", "--since", "1s");
    const seconds = async (page: Page): Promise<number> => Number(/([\d.]+) s$/.exec(await range(page))?.[1] ?? Number.NaN);
    expect(await seconds(late)).toBeLessThan(1.5);
    expect(await seconds(whole)).toBeGreaterThan(1.5);
  });

  test("stays quick with 200 services of 2000 spans each", async () => {
    const tree = await eventful();
    const file = join(makeTempDirectory(), "page.html");
    expect(ours("s6-svhistory", "--html", file, tree.scandir).exitCode).toBe(0);
    const spans = Array.from({ length: 2000 }, (_, index) => [1 + (index % 4), index * 1000, (index + 1) * 1000, index]);
    const events = spans.map(([, at]) => [at, "exited 1", 1]);
    const services = Array.from({ length: 200 }, (_, index) => ({ name: `s${index}`, spans, events, figures: { crashes: 1 }, described: [] }));
    const data = JSON.stringify({ from: 0, to: 2_000_000, services });
    writeFileSync(file, readFileSync(file, "utf8").replace(/(<script type="application\/json" id="data">).*(<\/script>)/, (_, head: string, tail: string) => head + data + tail));
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(pathToFileURL(file).href);
    await expect.poll(() => page.locator(".row").count()).toBe(200);
    expect(await colours(page, "s199")).toBeGreaterThan(1);
  });
});

describe("s6-svhistory --html", () => {
  test("writes its file whole or not at all", async () => {
    const tree = await eventful();
    const dir = makeTempDirectory();
    expect(ours("s6-svhistory", "--html", join(dir, "none", "page.html"), tree.scandir)).toMatchObject({
      exitCode: 111, stderr: `s6-svhistory: fatal: unable to write ${join(dir, "none", "page.html")}: ENOENT\n`,
    });
    expect(ours("s6-svhistory", "--html", join(dir, "page.html"), tree.scandir).exitCode).toBe(0);
    expect(readdirSync(dir)).toEqual(["page.html"]);
    const page = ours("s6-svhistory", "--html=-", tree.scandir).stdout;
    expect(page).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(page).not.toContain(HOSTILE);
    expect(page).not.toMatch(/https?:|%[A-Z]+%/);
  });
});
