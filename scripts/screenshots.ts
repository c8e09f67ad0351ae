// Pictures of each page of `berth ui`, in both themes and as on a phone: dist/screenshots, and those of docs/ui.md.
// Usage: npm run screenshots
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { launchBrowser, openPage, startPageServer } from "../test/support/browser.ts";
import { startDaemon, type TestDaemon } from "../test/support/daemon.ts";
import { repository } from "./setup/program.ts";
import { note, script } from "./step.ts";

const pages = {
  overview: ["overview", "Data directory"],
  containers: ["containers", "gateway"],
  logs: ["containers/gateway?tab=logs", "/orders/"],
  stats: ["containers/gateway?tab=stats", "Processes"],
  files: ["containers/gateway?tab=files", "etc"],
  details: ["containers/gateway?tab=details", "Restart policy"],
  run: ["run?line=berth+run+-p+8080:80+-e+MODE=demo+busybox+httpd+-f", "Create and start"],
  images: ["images", "busybox"],
  image: ["images/busybox:latest", "History"],
  networks: ["networks/backend", "Subnet"],
  volumes: ["volumes", "orders"],
  project: ["projects/shop", "running"],
  events: ["events", "Action"],
} as const;
/** Those that docs/ui.md shows. */
const documented = ["overview", "logs", "networks"] as const;

const views = {
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 760 } },
  light: { colorScheme: "light", viewport: { width: 1280, height: 760 } },
  phone: { colorScheme: "dark", viewport: { width: 390, height: 800 } },
} as const;

await script(async () => {
  const directory = join(repository, "dist", "screenshots");
  mkdirSync(directory, { recursive: true });
  await using daemon = await startDaemon();
  await daemon.importBusybox();
  await populate(daemon);
  const browser = await launchBrowser();
  try {
    for (const [view, { colorScheme, viewport }] of Object.entries(views)) {
      await using server = await startPageServer(daemon.socket);
      const page = await openPage(await browser.newContext({ colorScheme, viewport, locale: "en-GB" }), server.address);
      for (const [name, [path, text]] of Object.entries(pages)) {
        await page.goto(`${server.origin}/#/${path}`);
        await page.locator("main").getByText(text).first().waitFor();
        // Charts need some samples to show anything.
        if (name === "overview" || name === "stats") await page.waitForTimeout(12_000);
        const file = join(directory, `${name}-${view}.png`);
        await page.screenshot({ path: file });
        note(file);
      }
    }
  } finally {
    await browser.close();
  }
  mkdirSync(join(repository, "docs", "ui"), { recursive: true });
  for (const name of documented) {
    copyFileSync(join(directory, `${name}-dark.png`), join(repository, "docs", "ui", `${name}.png`));
  }
});

/** A small shop. */
async function populate(daemon: TestDaemon): Promise<void> {
  for (const network of ["frontend", "backend"]) await daemon.docker(["network", "create", network]);
  const run = async (service: string, ...argv: string[]): Promise<void> => {
    const labels = ["--label", "com.docker.compose.project=shop", "--label", `com.docker.compose.service=${service}`];
    await daemon.docker(["run", "-d", "--name", service, ...labels, ...argv]);
  };
  const requests =
    'i=0; while true; do i=$((i+1)); printf "\\033[32mGET\\033[0m /orders/%d \\033[33m200\\033[0m request %d\\n" $((i%9)) $i; ' +
    '[ $((i%11)) = 0 ] && echo "slow answer of orders: $((i%7+3))00 ms" >&2; sleep 0.05; done';
  await run("orders", "--network", "backend", "busybox", "sleep", "100000");
  await run("database", "--network", "backend", "-v", "orders:/data", "busybox", "sleep", "100000");
  await run("gateway", "--network", "frontend", "-p", "127.0.0.1:0:80", "busybox", "sh", "-c", requests);
  await daemon.docker(["network", "connect", "backend", "gateway"]);
  await run("assets", "--network", "frontend", "busybox", "httpd", "-f");
  await daemon.docker(["run", "--name", "migration", "busybox", "true"]);
}
