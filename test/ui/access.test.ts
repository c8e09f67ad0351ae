// The page for everyone: both themes, a phone's width, the keyboard alone, two languages, two tabs, an engine that goes away.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import * as v from "valibot";
import { chromiumIsInstalled, launchBrowser, openPage, type PageServer, startPageServer } from "../support/browser.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { lacks } from "../support/requirement.ts";

const axe = join(import.meta.dir, "..", "..", "node_modules", "axe-core", "axe.min.js");
const outcomeSchema = v.object({
  violations: v.array(
    v.object({ id: v.string(), impact: v.nullable(v.string()), nodes: v.array(v.object({ html: v.string() })) }),
  ),
});

/** Every page, and what shows that it is there. */
const pages = [
  ["overview", "Data directory"],
  ["containers", "example"],
  ["containers/example?tab=logs", "Timestamps"],
  ["containers/example?tab=terminal", "Connect"],
  ["containers/example?tab=stats", "Processes"],
  ["containers/example?tab=files", "dev"],
  ["containers/example?tab=changes", "Changes"],
  ["containers/example?tab=details", "Restart policy"],
  ["containers/example?tab=inspect", "NetworkSettings"],
  ["run", "Create and start"],
  ["images", "busybox"],
  ["images/busybox:latest", "History"],
  ["networks/bridge", "Subnet"],
  ["volumes", "shelf"],
  ["volumes/shelf", "Mount point"],
  ["projects/shop", "1 of 1 running"],
  ["events", "Action"],
] as const;

describe.skipIf(lacks("chromium", chromiumIsInstalled))("the page for everyone", () => {
  let daemon: TestDaemon;
  let server: PageServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
    const labels = ["--label", "com.docker.compose.project=shop", "--label", "com.docker.compose.service=example"];
    await daemon.docker([
      "run",
      "-d",
      "--name",
      "example",
      "--stop-signal",
      "KILL",
      "-v",
      "shelf:/shelf",
      ...labels,
      "busybox",
      "sleep",
      "1000",
    ]);
    server = await startPageServer(daemon.socket);
    browser = await launchBrowser();
    context = await browser.newContext({ locale: "en-GB" });
    page = await openPage(context, server.address);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await daemon?.dispose();
  });

  const show = async (path: string, text: string) => {
    await page.goto(`${server.origin}/#/${path}`);
    await page.locator("main").getByText(text).first().waitFor();
  };

  test.each(["light", "dark"] as const)(
    "axe finds no serious fault on any page in the %s theme",
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.addScriptTag({ path: axe }).catch(async () => page.evaluate(await Bun.file(axe).text()));
      const found: string[] = [];
      for (const [path, text] of pages) {
        await show(path, text);
        const { violations } = v.parse(outcomeSchema, await page.evaluate("axe.run()"));
        for (const { id, impact, nodes } of violations) {
          if (impact === "serious" || impact === "critical") found.push(`${path}: ${id}: ${nodes[0]?.html}`);
        }
      }
      expect(found).toEqual([]);
    },
  );

  test("no page is wider than a phone", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    const wide: string[] = [];
    for (const [path, text] of pages) {
      await show(path, text);
      if ((await page.evaluate("document.documentElement.scrollWidth")) !== 360) wide.push(path);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(wide).toEqual([]);
  });

  test("the keyboard alone reaches a container and restarts it", async () => {
    await show("overview", "Data directory");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Go to or run…" }).waitFor();
    await page.keyboard.type("restart example");
    await page.getByRole("option", { name: "Restart: example" }).waitFor();
    const started = async () => (await daemon.docker(["inspect", "-f", "{{.State.StartedAt}}", "example"])).stdout;
    const before = await started();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Go to or run…" }).waitFor();
    await page.keyboard.type("containers: example");
    await page.getByRole("option", { name: "Containers: example" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "example" }).waitFor();
    await page.goto(`${server.origin}/#/events`);
    await page.getByRole("cell", { name: "restart", exact: true }).first().waitFor({ timeout: 20_000 });
    expect(await started()).not.toBe(before);
  });

  /** Presses Tab until the element with this name has the focus, which must be visible. */
  const tabTo = async (name: string) => {
    const named = `(document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "").trim()`;
    for (let presses = 0; presses < 100; presses++) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate(named)) !== name) continue;
      expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).not.toBe("none");
      return;
    }
    throw new Error(`the keyboard does not reach ${name}`);
  };

  test("the keyboard alone walks through lists, tabs, dialogs and selections", async () => {
    await show("overview", "Data directory");
    await tabTo("Containers");
    await page.keyboard.press("Enter");
    const row = page.getByRole("link", { name: "example", exact: true });
    await row.waitFor();
    await tabTo("shop");
    await page.keyboard.press("Enter");
    await row.waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    await row.waitFor();
    await tabTo("Select example");
    await page.keyboard.press("Space");
    await page.getByRole("region", { name: "1 item selected" }).waitFor();
    await tabTo("Clear selection");
    await page.keyboard.press("Enter");
    await tabTo("example");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "example" }).waitFor();
    await tabTo("Details");
    await page.keyboard.press("Enter");
    await page.getByText("Restart policy").waitFor();
    await tabTo("More actions");
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Pause" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Rename: example" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    // The focus is where it was before the menu.
    expect(await page.evaluate("document.activeElement?.ariaLabel")).toBe("More actions");
    await tabTo("Files");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "etc", exact: true }).waitFor();
    await tabTo("etc");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "hosts", exact: true }).waitFor();
  }, 60_000);

  test("the page is in Korean when that is chosen", async () => {
    await show("containers", "example");
    await page.getByLabel("Language").selectOption("ko");
    await page.getByRole("heading", { name: "컨테이너" }).waitFor();
    await page.getByLabel("언어").selectOption("en");
    await page.getByRole("heading", { name: "Containers" }).waitFor();
  });

  test("two tabs follow the same engine", async () => {
    const other = await context.newPage();
    await other.goto(`${server.origin}/#/containers`);
    await other.getByRole("link", { name: "example", exact: true }).waitFor();
    await show("containers", "example");
    await daemon.docker(["run", "-d", "--name", "both", "busybox", "sleep", "1000"]);
    await page.getByRole("link", { name: "both", exact: true }).waitFor();
    await other.getByRole("link", { name: "both", exact: true }).waitFor();
    await other.close();
  });

  test("the page reconnects to an engine that is killed and restarted", async () => {
    await show("containers", "example");
    await daemon.stop("SIGKILL");
    await page.getByRole("alert").filter({ hasText: "The engine does not answer" }).waitFor();
    await daemon.start();
    await page.getByText("The engine answers again.").waitFor();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await daemon.docker(["run", "-d", "--name", "after", "busybox", "sleep", "1000"]);
    await page.getByRole("link", { name: "after", exact: true }).waitFor();
  });

  test("a password signs in, a wrong one shows an error", async () => {
    const file = join(daemon.directory, "password");
    // The cheapest hash: the default takes long on a busy machine.
    const hash = await Bun.password.hash("open sesame", { algorithm: "argon2id", memoryCost: 64, timeCost: 1 });
    await Bun.write(file, `${hash}\n`);
    await using locked = await startPageServer(daemon.socket, { arguments: ["--password-file", file] });
    const visitor = await browser.newContext();
    const guarded = await visitor.newPage();
    await guarded.goto(locked.origin);
    await guarded.getByLabel("Password").fill("guess");
    await guarded.keyboard.press("Enter");
    await guarded.getByRole("alert").filter({ hasText: "wrong password" }).waitFor();
    await guarded.getByLabel("Password").fill("open sesame");
    await guarded.keyboard.press("Enter");
    await guarded.locator(".sidebar").waitFor();
    await visitor.close();
  });

  test("shows the containers of another engine after it is chosen", async () => {
    await using other = await startDaemon();
    await other.importBusybox();
    await other.docker(["run", "-d", "--name", "elsewhere", "busybox", "sleep", "1000"]);
    const configuration = join(daemon.directory, "two-engines");
    const flags = ["--config", configuration, "context", "create", "other", "--docker", `host=unix://${other.socket}`];
    expect((await daemon.berth(flags)).code).toBe(0);
    await using both = await startPageServer(daemon.socket, { configuration });
    const visitor = await browser.newContext();
    const chooser = await openPage(visitor, both.address);
    await chooser.goto(`${both.origin}/#/containers`);
    await chooser.getByRole("link", { name: "example", exact: true }).waitFor();
    await chooser.getByLabel("Engine").selectOption("other");
    await chooser.getByRole("link", { name: "elsewhere", exact: true }).waitFor();
    expect(await chooser.getByRole("link", { name: "example", exact: true }).count()).toBe(0);
    await visitor.close();
  });

  test("signing out hides everything", async () => {
    await show("containers", "example");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("Open the address that 'berth ui' printed").waitFor();
    await page.reload();
    await page.getByText("Open the address that 'berth ui' printed").waitFor();
  });
});
