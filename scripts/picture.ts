// npm run picture: draws docs/first-container.svg, a terminal with the README's first commands. Runs them on a separate
// engine and draws their actual output.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../test/support/daemon.ts";
import { type Line, svgOf } from "./picture/svg.ts";
import { repository } from "./setup/program.ts";
import { say, script } from "./step.ts";

const SERVE = "echo Hello from a container > /index.html; httpd -f -h /";

/** Command lines as arguments, each with the text to show if it differs. */
const steps: readonly { argv: readonly string[]; shown?: string }[] = [
  {
    argv: ["run", "-d", "--name", "web", "-p", "8080:80", "busybox", "sh", "-c", SERVE],
    shown: `berth run -d --name web -p 8080:80 busybox sh -c '${SERVE}'`,
  },
  {
    argv: ["run", "--rm", "--network", "host", "busybox", "wget", "-qO-", "http://127.0.0.1:8080/"],
    shown: "curl http://127.0.0.1:8080/",
  },
  {
    argv: ["ps", "--format", "table {{.Names}}\t{{.Image}}\t{{.Status}}\t{{.Ports}}"],
    shown: "berth ps --format 'table {{.Names}}\\t{{.Image}}\\t{{.Status}}\\t{{.Ports}}'",
  },
  { argv: ["exec", "web", "ps"] },
  { argv: ["stop", "web"] },
];

await script(async () => {
  await using daemon = await startDaemon();
  await daemon.importBusybox();
  const lines: Line[] = [];
  for (const { argv, shown = ["berth", ...argv].join(" ") } of steps) {
    const { stdout, stderr } = await daemon.berth([...argv]);
    lines.push({ kind: "command", text: shown });
    for (const text of `${stdout}${stderr}`.trimEnd().split("\n")) lines.push({ kind: "output", text });
  }
  const path = join(repository, "docs", "first-container.svg");
  writeFileSync(path, svgOf(lines));
  say(`wrote ${path}`);
});
