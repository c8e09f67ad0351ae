// The pages of everything but containers, in a real browser against a real engine and a real registry.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import {
  chromiumIsInstalled,
  faultsOf,
  launchBrowser,
  openPage,
  type PageServer,
  startPageServer,
} from "../support/browser.ts";
import { eventually } from "../support/command.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { registryIsInstalled, startRegistry } from "../support/registry.ts";
import { lacks } from "../support/requirement.ts";

function temporaryDirectory(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "berth-ui-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

describe.skipIf(lacks("chromium", chromiumIsInstalled))("the engine's objects in the page", () => {
  let daemon: TestDaemon;
  let server: PageServer;
  let browser: Browser;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
    server = await startPageServer(daemon.socket);
    browser = await launchBrowser();
    page = await openPage(await browser.newContext(), server.address);
    faults = faultsOf(page);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await daemon?.dispose();
  });

  const show = (path: string) => page.goto(`${server.origin}/#/${path}`);
  const dialog = () => page.getByRole("dialog");

  test("the overview names the engine, and prunes exactly what it listed", async () => {
    await daemon.docker(["run", "--name", "planned", "busybox", "true"]);
    await show("overview");
    await page.getByText("Data directory").waitFor();
    await page.getByRole("button", { name: "Clean up…" }).click();
    await dialog().getByText("planned").waitFor();
    // Stopped after the plan: it stays.
    await daemon.docker(["run", "--name", "later", "busybox", "true"]);
    await dialog().getByRole("button", { name: "Remove these" }).click();
    await page.getByText(/^Stopped containers: .* freed/).waitFor();
    expect((await daemon.docker(["ps", "-aq", "-f", "name=planned"])).stdout).toBe("");
    expect((await daemon.docker(["ps", "-aq", "-f", "name=later"])).stdout).not.toBe("");
  });

  test("a build of an archive shows its steps to the end", async () => {
    await show("images");
    await page.getByRole("button", { name: "Build", exact: true }).click();
    await page.getByLabel("Name of the image").fill("built:1");
    const archive = await new Bun.Archive({ Dockerfile: "FROM busybox\nRUN echo from the build > /built\n" }).bytes();
    const form = page.getByRole("region", { name: "Build" });
    await form
      .locator("input[type=file]")
      .last()
      .setInputFiles({ name: "context.tar", mimeType: "application/x-tar", buffer: Buffer.from(archive) });
    await page
      .getByText(/RUN echo from the build/)
      .first()
      .waitFor();
    await page.getByText("Done.").waitFor({ timeout: 60_000 });
    await page.getByRole("link", { name: "built:1", exact: true }).click();
    await page.getByRole("heading", { name: /^History/ }).waitFor();
    await page
      .getByText(/echo from the build/)
      .first()
      .waitFor();
  });

  test("a build of a directory omits files listed in .dockerignore", async () => {
    using directory = temporaryDirectory();
    const write = (name: string, text: string) => Bun.write(join(directory.path, name), text);
    await write("Dockerfile", "FROM busybox\nCOPY . /context\nRUN find /context -type f | sort\n");
    await write(".dockerignore", "secret\n*.log\n");
    await write("secret/key", "hush");
    await write("noise.log", "noise");
    await write("kept", "kept");
    await show("images");
    await page.getByRole("button", { name: "Build", exact: true }).click();
    await page.getByLabel("Name of the image").fill("directory:1");
    await page.getByRole("region", { name: "Build" }).locator("input[type=file]").first().setInputFiles(directory.path);
    await page.getByText("Done.").waitFor({ timeout: 60_000 });
    const list = await daemon.docker(["run", "--rm", "directory:1", "ls", "-A", "/context"]);
    expect(list.stdout.trim().split("\n")).toEqual([".dockerignore", "Dockerfile", "kept"]);
    await page.getByRole("button", { name: "Build", exact: true }).click();
  }, 60_000);

  test("a failed build shows the reason", async () => {
    await show("images");
    await page.getByRole("button", { name: "Build", exact: true }).click();
    const archive = await new Bun.Archive({ Dockerfile: "FROM busybox\nRUN exit 7\n" }).bytes();
    await page
      .getByRole("region", { name: "Build" })
      .locator("input[type=file]")
      .last()
      .setInputFiles({ name: "context.tar", mimeType: "application/x-tar", buffer: Buffer.from(archive) });
    await page.getByText(/returned a non-zero code: 7|did not complete successfully: exit code: 7/).waitFor();
    await page.getByRole("button", { name: "Build", exact: true }).click();
  });

  test.skipIf(lacks("docker-registry", registryIsInstalled))(
    "an image is tagged, pushed, removed and pulled",
    async () => {
      await using registry = await startRegistry();
      const name = `${registry.host}/team/app:1`;
      await show("images/busybox:latest");
      await page.getByRole("button", { name: "Tag" }).click();
      await dialog().getByLabel("Name").fill(name);
      await dialog().getByRole("button", { name: "Tag" }).click();
      await eventually("the tag", async () => (await daemon.docker(["image", "inspect", name])).code === 0);
      await page.getByRole("button", { name: "Push" }).click();
      await dialog().getByLabel("Name", { exact: true }).fill(name);
      await dialog().getByRole("button", { name: "Push" }).click();
      await page.getByText("Done.").waitFor();
      await daemon.docker(["rmi", name]);
      await show("images");
      await page.getByRole("button", { name: "Pull" }).click();
      await dialog().getByLabel("Name", { exact: true }).fill(name);
      await dialog().getByRole("button", { name: "Pull" }).click();
      await page.getByText("Done.").waitFor();
      expect((await daemon.docker(["image", "inspect", name])).code).toBe(0);
    },
  );

  test("networks are drawn, created, connected, disconnected and removed", async () => {
    await daemon.docker(["run", "-d", "--name", "member", "busybox", "sleep", "1000"]);
    await show("networks");
    await page.getByRole("button", { name: "New network" }).click();
    await dialog().getByLabel("Name").fill("drawn");
    await dialog().getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { name: "drawn" }).waitFor();
    const drawing = page.getByRole("region", { name: "Drawing of the networks" });
    await drawing.getByText("drawn (bridge)").waitFor();
    await drawing.getByText("member").waitFor();
    const member = (await daemon.docker(["inspect", "-f", "{{.Id}}", "member"])).stdout.trim();
    await page.getByLabel("Containers", { exact: true }).selectOption(member);
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByRole("button", { name: "Disconnect member" }).click();
    await page.getByRole("button", { name: "Disconnect member" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Remove" }).click();
    await dialog().getByRole("button", { name: "Remove" }).click();
    await eventually(
      "the network to go",
      async () => (await daemon.docker(["network", "inspect", "drawn"])).code !== 0,
    );
  });

  test("volumes are created, browsed through a container, and errors are shown", async () => {
    await show("volumes");
    await page.getByRole("button", { name: "New volume" }).click();
    await dialog().getByLabel("Name").fill("shelf");
    await dialog().getByRole("button", { name: "Create" }).click();
    await page.getByRole("link", { name: "shelf" }).waitFor();
    const script = "echo kept > /shelf/note; sleep 1000";
    await daemon.docker(["run", "-d", "--name", "holder", "-v", "shelf:/shelf", "busybox", "sh", "-c", script]);
    await page.getByRole("link", { name: "shelf" }).click();
    await page.getByRole("button", { name: "Remove" }).click();
    await dialog().getByRole("button", { name: "Remove" }).click();
    await page.getByText(/volume is in use/).waitFor();
    await page.getByRole("button", { name: "note", exact: true }).click();
    await page.getByText("kept").waitFor();
    await page.getByRole("link", { name: "/shelf" }).click();
    await page.getByRole("heading", { name: "holder" }).waitFor();
    await page.getByRole("button", { name: "note", exact: true }).waitFor();
  });

  test("an unused volume is browsed, links are followed, and nothing is left behind", async () => {
    const script = "mkdir -p /v/deep/er; echo found > /v/deep/er/note; ln -s deep/er/note /v/link; ln -s / /v/out";
    await daemon.docker(["run", "--rm", "-v", "loose:/v", "busybox", "sh", "-c", script]);
    const names = async () => (await daemon.docker(["ps", "-aq", "--no-trunc"])).stdout;
    const before = await names();
    await show("volumes/loose?path=/deep");
    await page.getByRole("button", { name: "er", exact: true }).click();
    await page.getByRole("button", { name: "note", exact: true }).waitFor();
    await page.getByRole("navigation", { name: "Path" }).getByRole("link").first().click();
    await page.getByRole("button", { name: "link", exact: true }).click();
    await page.getByText("found").waitFor();
    await show("volumes/loose");
    await page.getByRole("button", { name: "out", exact: true }).click();
    await page.getByText("The link leads out of the volume").waitFor();
    await page.locator(".files input[type=file]").setInputFiles({
      name: "sent",
      mimeType: "text/plain",
      buffer: Buffer.from("by the page"),
    });
    await page.getByRole("button", { name: "sent", exact: true }).click();
    await page.getByText("by the page").waitFor();
    await eventually("the containers to be as before", async () => (await names()) === before);
    const read = ["run", "--rm", "-v", "loose:/v", "busybox", "cat", "/v/sent"];
    expect((await daemon.docker(read)).stdout).toBe("by the page");
  }, 40_000);

  test("a project is recognized by its labels, stopped, started and taken down", async () => {
    const member = (service: string) => [
      ...["run", "-d", "--name", `shop-${service}`, "--label", "com.docker.compose.project=shop"],
      ...[
        "--label",
        `com.docker.compose.service=${service}`,
        "busybox",
        "sh",
        "-c",
        `trap 'exit 0' TERM; echo from ${service}; sleep 1000 & wait`,
      ],
    ];
    await daemon.docker(member("web"));
    await daemon.docker(member("db"));
    await show("projects");
    await page.getByRole("link", { name: "shop" }).click();
    await page.getByText("from web").waitFor();
    await page.getByText("from db").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("0 of 2 running").waitFor();
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByText("2 of 2 running").waitFor();
    await page.getByRole("button", { name: "Down", exact: true }).click();
    await dialog().getByRole("button", { name: "Down", exact: true }).click();
    await eventually(
      "its containers to go",
      async () => (await daemon.docker(["ps", "-aq", "-f", "name=shop-"])).stdout === "",
    );
  });

  test("events appear as they happen and are filtered", async () => {
    await show("events?type=volume");
    await daemon.docker(["volume", "create", "noticed"]);
    await page.getByRole("cell", { name: "noticed" }).first().waitFor();
    expect(await page.getByRole("cell", { name: "container", exact: true }).count()).toBe(0);
  });

  test("no violation of the Content-Security-Policy", () => {
    expect(faults).toEqual([]);
  });
});
