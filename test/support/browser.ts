// A real Chromium with the page of a dedicated `berth ui`.
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { eventually } from "./command.ts";
import { berthCommand } from "./daemon.ts";

const launchArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const EXECUTABLE = "/usr/bin/chromium";

/** Whether Chromium is installed; tests that need it are skipped otherwise. */
export const chromiumIsInstalled = existsSync(EXECUTABLE);

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, headless: true, args: launchArguments });
}

export interface PageServer extends AsyncDisposable {
  /** With the token that signs in once. */
  address: string;
  /** "http://127.0.0.1:PORT" */
  origin: string;
}

export interface PageServerOptions {
  arguments?: string[];
  /** Directory of the client's configuration, for its contexts. */
  configuration?: string;
}

/** Starts `berth ui` on a free port. */
export async function startPageServer(socket: string, options: PageServerOptions = {}): Promise<PageServer> {
  const { arguments: further = [], configuration } = options;
  const config = configuration === undefined ? [] : ["--config", configuration];
  const child = Bun.spawn([...berthCommand, ...config, "-H", `unix://${socket}`, "ui", ...further], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const address = await firstLine(child.stdout);
  return {
    address,
    origin: new URL(address).origin,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  throw new Error("berth ui ended before it printed an address");
}

/** The cookie of a session, for requests without a browser. */
export async function signIn({ address, origin }: PageServer): Promise<string> {
  const token = new URL(address).hash.replace("#token=", "");
  const answer = await fetch(`${origin}/session`, {
    method: "POST",
    headers: { origin },
    body: JSON.stringify({ token }),
  });
  if (!answer.ok) throw new Error(`signing in failed: ${answer.status} ${await answer.text()}`);
  return (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
}

/** Errors that the page's scripts threw, and what the browser refused to load. */
export function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) faults.push(message.text());
  });
  return faults;
}

/**
 * Opens the page and waits for its navigation. Chromium aborts loading a script when the machine's interfaces change,
 * which engines of concurrent tests often do: the page is reloaded then.
 */
export async function openPage(context: BrowserContext, address: string): Promise<Page> {
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  let isInterrupted = false;
  page.on("requestfailed", (request) => {
    isInterrupted ||= request.failure()?.errorText === "net::ERR_NETWORK_CHANGED";
  });
  await page.goto(address);
  await eventually("the page's navigation", async () => {
    if (await page.locator(".sidebar").isVisible()) return true;
    if (!isInterrupted) return false;
    isInterrupted = false;
    await page.reload();
    return false;
  });
  return page;
}
