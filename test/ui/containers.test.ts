// The list of containers and the page of one, in a real browser against a real engine.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
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
import { lacks } from "../support/requirement.ts";

const MARKUP = "<script>window.injected=1</script><img src=x onerror=window.injected=1>";

describe.skipIf(lacks("chromium", chromiumIsInstalled))("containers in the page", () => {
  let daemon: TestDaemon;
  let server: PageServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
    server = await startPageServer(daemon.socket);
    browser = await launchBrowser();
    context = await browser.newContext();
    page = await openPage(context, server.address);
    faults = faultsOf(page);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await daemon?.dispose();
  });

  const show = (path: string) => page.goto(`${server.origin}/#/${path}`);
  const run = (...argv: string[]) => daemon.docker(["run", "-d", ...argv]);

  test("an engine without containers shows what to type", async () => {
    await show("containers");
    await page.getByText("berth run -d -p 8080:80 nginx").waitFor();
  });

  test("the list follows events, and its buttons stop and remove", async () => {
    await show("containers");
    await run("--name", "first", "--stop-signal", "KILL", "busybox", "sleep", "1000");
    await page.getByRole("link", { name: "first", exact: true }).waitFor();
    await page
      .getByRole("button", { name: "Kill first" })
      .or(page.getByRole("button", { name: "Stop first" }))
      .click();
    await page.getByText(/^Exited \(/).waitFor({ timeout: 20_000 });
    await page.getByRole("button", { name: "Remove first" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("berth run -d -p 8080:80 nginx").waitFor();
  });

  test("shows the engine's error messages", async () => {
    await run("--name", "taken", "busybox", "sleep", "1000");
    await run("--name", "other", "busybox", "sleep", "1000");
    await show("containers/other");
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("taken");
    await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
    await page.getByText(/is already in use by container/).waitFor();
  });

  test("a container's output is followed, searched and never interpreted as markup", async () => {
    const script = `i=0; while true; do i=$((i+1)); echo "line $i ${MARKUP}"; sleep 0.1; done`;
    await run("--name", "writer", "--label", `note=${MARKUP}`, "busybox", "sh", "-c", script);
    await show("containers/writer?tab=logs");
    const log = page.getByRole("region", { name: "Log" });
    await log.getByText(`line 3 ${MARKUP}`).waitFor();
    await page.getByLabel("Search the log").fill("line 2 ");
    await eventually("the search to hide other lines", async () => (await log.getByText(/^line/).count()) === 1);
    await show("containers/writer?tab=details");
    await page.locator(".fact").getByText(MARKUP).first().waitFor();
    expect(await page.evaluate("window.injected")).toBeUndefined();
  });

  test("a fast log stays bounded, and the page stays responsive", async () => {
    await run("--name", "storm", "busybox", "sh", "-c", "yes 0123456789012345678901234567890123456789");
    await show("containers/storm?tab=logs");
    const lines = async (): Promise<number> => {
      const text = (await page.locator(".logs .toolbar .quiet").textContent()) ?? "";
      return Number((/([\d,]+) lines/.exec(text)?.[1] ?? "0").replaceAll(",", ""));
    };
    await eventually("a hundred thousand lines", async () => (await lines()) > 100_000, 100_000);
    expect(await page.locator(".log-row").count()).toBeLessThan(200);
    // The storm goes on while other rows are asked for, and while the page is left.
    await page.getByLabel("Search the log").fill("no line has this");
    await page.getByText("Nothing matches the search.").waitFor();
    await page.getByLabel("Search the log").fill("");
    await page.locator(".log-row").first().waitFor();
    await page.getByRole("region", { name: "Log" }).hover();
    await page.mouse.wheel(0, -10_000);
    await page.getByRole("button", { name: "Follow" }).click();
    await page.getByRole("button", { name: "Follow" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Details" }).click();
    await page.getByText("Restart policy").waitFor();
    await daemon.docker(["rm", "-f", "storm"]);
  });

  test("wide characters are wrapped inside the window", async () => {
    const text = "한국어로 된 로그와 日本語のログ 👩‍👩‍👧 ".repeat(20);
    await run("--name", "wide", "busybox", "echo", text);
    await show("containers/wide?tab=logs");
    await page.locator(".log-row").nth(3).waitFor();
    const overflow =
      'document.querySelector(".log-rows").scrollWidth - document.querySelector(".log-rows").clientWidth';
    expect(await page.evaluate(overflow)).toBe(0);
    expect((await page.locator(".log-row").allTextContents()).join("")).toBe(text);
  });

  test("projects are collapsible headings, and are stopped and taken down as a whole", async () => {
    const member = (project: string, name: string) =>
      run(
        ...["--name", name, "--label", `com.docker.compose.project=${project}`, "--stop-signal", "KILL"],
        ...["busybox", "sleep", "1000"],
      );
    await member("atelier", "atelier-easel");
    await member("atelier", "atelier-paint");
    await member("bakery", "bakery-oven");
    await show("containers");
    const easel = page.getByRole("link", { name: "atelier-easel", exact: true });
    await easel.waitFor();
    await page.getByRole("button", { name: "atelier", exact: true }).click();
    await easel.waitFor({ state: "detached" });
    await page.getByRole("link", { name: "bakery-oven", exact: true }).waitFor();
    await page.getByRole("button", { name: "Stop atelier" }).click();
    await page.getByText("0 of 2 running").waitFor();
    await page.getByRole("button", { name: "atelier", exact: true }).click();
    await page.getByRole("checkbox", { name: "Select atelier", exact: true }).check();
    const selection = page.getByRole("region", { name: "2 items selected" });
    await selection.getByRole("button", { name: "Start" }).click();
    await page.getByText("2 of 2 running").waitFor();
    await page.getByRole("button", { name: "Down atelier" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Down" }).click();
    await easel.waitFor({ state: "detached" });
    await page.getByRole("link", { name: "bakery-oven", exact: true }).waitFor();
    await daemon.docker(["rm", "-f", "bakery-oven"]);
  }, 40_000);

  test("the list shows what each running container uses", async () => {
    await run("--name", "busy", "busybox", "sh", "-c", "while true; do :; done");
    await show("containers?sort=-processor");
    const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "busy", exact: true }) });
    await row.getByText(/^[1-9][\d.]* %$/).waitFor();
    await row.getByText(/^\d.* [kM]B$/).waitFor();
    await daemon.docker(["rm", "-f", "busy"]);
  }, 40_000);

  test("a terminal accepts input and has the size of its window", async () => {
    await show("containers/taken?tab=terminal");
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByRole("status").filter({ hasText: "Connected" }).waitFor();
    await page.keyboard.type("echo $((40+2)) > /typed; stty size > /size\n");
    const read = async (path: string) => (await daemon.docker(["exec", "taken", "cat", path])).stdout.trim();
    await eventually("the command to have run", async () => (await read("/size")) !== "");
    expect(await read("/typed")).toBe("42");
    expect(await read("/size")).not.toBe("24 80");
    await page.keyboard.type("exit\n");
    await page.getByRole("status").filter({ hasText: "The session has ended" }).waitFor();
  });

  test("the terminal attaches to a container's own process and detaches", async () => {
    await daemon.docker(["run", "-dit", "--name", "shell", "busybox", "sh"]);
    await show("containers/shell?tab=terminal");
    await page.getByLabel("Kind of terminal").selectOption("attach");
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByRole("status").filter({ hasText: "Connected" }).waitFor();
    await page.keyboard.type("touch /attached\n");
    await eventually("the file", async () => (await daemon.docker(["exec", "shell", "ls", "/attached"])).code === 0);
    await page.keyboard.press("Control+p");
    await page.keyboard.press("Control+q");
    await page.getByRole("status").filter({ hasText: "The session has ended" }).waitFor();
    expect((await daemon.docker(["inspect", "-f", "{{.State.Running}}", "shell"])).stdout.trim()).toBe("true");
  });

  test("files are browsed, read, uploaded and downloaded", async () => {
    await daemon.docker(["exec", "taken", "sh", "-c", "mkdir -p /site/pages; echo hello there > /site/pages/a.txt"]);
    await show("containers/taken?tab=files");
    await page.getByRole("button", { name: "site", exact: true }).click();
    await page.getByRole("button", { name: "pages", exact: true }).click();
    await page.getByRole("button", { name: "a.txt", exact: true }).click();
    await page.getByText("hello there").waitFor();
    const uploaded = { name: "<b>b.txt", mimeType: "text/plain", buffer: Buffer.from("from the page") };
    await page.locator("input[type=file]").setInputFiles(uploaded);
    await page.getByRole("button", { name: "<b>b.txt", exact: true }).waitFor();
    expect((await daemon.docker(["exec", "taken", "cat", "/site/pages/<b>b.txt"])).stdout).toBe("from the page");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download a.txt" }).click(),
    ]);
    expect(await Bun.file(await download.path()).text()).toBe("hello there\n");
  });

  test("a container's resource usage is drawn live", async () => {
    await show("containers/taken?tab=stats");
    await page.getByRole("img", { name: /^Processes: [1-9]/ }).waitFor();
    await page.getByRole("img", { name: /^Memory: .*B/ }).waitFor();
  });

  test("the environment is shown only on request", async () => {
    await run("--name", "secretive", "-e", "PASSWORD=hush", "busybox", "sleep", "1000");
    await show("containers/secretive?tab=details");
    await page.getByRole("heading", { name: "Environment" }).waitFor();
    expect(await page.getByText("hush").count()).toBe(0);
    await page.getByRole("button", { name: /^Show/ }).click();
    await page.getByText("hush").waitFor();
  });

  test("a line of docker run fills the form, which creates and starts the container", async () => {
    await show("run");
    const line = page.getByLabel(/^The same in a terminal/);
    await line.fill("docker run --rm -it --name formed -e A='b c' -p 8080:80/udp busybox sh -c 'sleep 1000'");
    expect(await page.getByLabel("Image").inputValue()).toBe("busybox");
    await page.getByLabel("Ports, one a line").fill("");
    expect(await line.inputValue()).toBe("berth run -d --name formed -e 'A=b c' -t -i --rm busybox sh -c 'sleep 1000'");
    await page.getByRole("button", { name: "Create and start" }).click();
    await page.getByRole("heading", { name: "formed" }).waitFor();
    const { stdout } = await daemon.docker([
      "inspect",
      "-f",
      "{{.Config.Tty}} {{json .Config.Cmd}} {{index .Config.Env 0}}",
      "formed",
    ]);
    expect(stdout.trim()).toBe('true ["sh","-c","sleep 1000"] A=b c');
  });

  test("a container is edited and replaced, and comes back when the new one does not start", async () => {
    const old = ["--name", "old", "--stop-signal", "KILL", "-p", "127.0.0.1:0:80", "-e", "A=b"];
    const { stdout } = await run(...old, "busybox", "sleep", "1000");
    const inspect = async (format: string) => (await daemon.docker(["inspect", "-f", format, "old"])).stdout.trim();
    const edit = async () => {
      await show("containers/old");
      await page.getByRole("button", { name: "More actions" }).click();
      await page.getByRole("menuitem", { name: "Edit and replace…" }).click();
      await page.getByRole("heading", { name: "Edit and replace old" }).waitFor();
    };
    await edit();
    await page.getByLabel("Memory limit").fill("64m");
    await page.getByRole("button", { name: "Replace", exact: true }).click();
    await page.getByRole("heading", { name: "old", exact: true }).waitFor();
    expect(await inspect("{{.HostConfig.Memory}} {{.State.Running}} {{.Config.Env}}")).toBe("67108864 true [A=b]");
    const id = await inspect("{{.Id}}");
    expect(id).not.toBe(stdout.trim());
    await run("--name", "holder", "-p", "127.0.0.1:0:80", "busybox", "sleep", "1000");
    const held = (await daemon.docker(["port", "holder", "80"])).stdout.trim();
    await edit();
    await page.getByLabel("Ports, one a line").fill(`${held}:80`);
    await page.getByRole("button", { name: "Replace", exact: true }).click();
    await page.getByText(/port is already allocated/).waitFor();
    await eventually("the old container to run again", async () => (await inspect("{{.State.Running}}")) === "true");
    expect(await inspect("{{.Id}}")).toBe(id);
  });

  test("limits change while a container runs, and its files become an image", async () => {
    await run("--name", "limited", "busybox", "sleep", "1000");
    const dialog = page.getByRole("dialog");
    const choose = async (name: string) => {
      await page.getByRole("button", { name: "More actions" }).click();
      await page.getByRole("menuitem", { name, exact: true }).click();
    };
    await show("containers/limited");
    await choose("Limits and restarts");
    await dialog.getByLabel("Memory limit").fill("100m");
    await dialog.getByLabel("Restart policy").selectOption("always");
    await dialog.getByRole("button", { name: "Apply" }).click();
    await page.getByText("The limits of limited are changed.").waitFor();
    const format = "{{.HostConfig.Memory}} {{.HostConfig.RestartPolicy.Name}}";
    expect((await daemon.docker(["inspect", "-f", format, "limited"])).stdout.trim()).toBe("104857600 always");
    await choose("Commit");
    await dialog.getByLabel("Name of the image").fill("committed:1");
    await dialog.getByRole("button", { name: "Commit" }).click();
    await page.getByText("Committed as committed:1.").waitFor();
    expect((await daemon.docker(["image", "inspect", "committed:1"])).code).toBe(0);
  });

  test("the logs of several containers are shown together", async () => {
    const names = ["one", "another"];
    for (const name of names) await run("--name", name, "busybox", "sh", "-c", `echo "from ${name}"; sleep 1000`);
    await show("containers");
    for (const name of names) await page.getByRole("checkbox", { name: `Select ${name}`, exact: true }).check();
    await page.getByRole("region", { name: "2 items selected" }).getByRole("link", { name: "Logs" }).click();
    for (const name of names) await page.locator(".log-row").getByText(`from ${name}`).waitFor();
  });

  test("no violation of the Content-Security-Policy", () => {
    expect(faults).toEqual([]);
  });
});
