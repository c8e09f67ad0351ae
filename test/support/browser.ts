// A real Chromium on the page of a `berth ui` of its own.
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
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

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: launchArguments });
}

export interface PageServer extends AsyncDisposable {
  /** With the token that signs in once. */
  address: string;
  /** "http://127.0.0.1:PORT" */
  origin: string;
}

/** Starts `berth ui` on a free port. */
export async function startPageServer(socket: string, options: { arguments?: string[] } = {}): Promise<PageServer> {
  const child = Bun.spawn([...berthCommand, "-H", `unix://${socket}`, "ui", ...(options.arguments ?? [])], {
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

/** Opens the page and waits for its navigation. */
export async function openPage(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  await page.locator(".sidebar").waitFor();
  return page;
}
