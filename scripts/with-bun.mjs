// The first step of every npm script, in plain JavaScript for Node: updates node_modules to the lock file, then starts
// Bun with the script named by the first argument. All other scripts are TypeScript.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const bun = join(modules, ".bin", "bun");

/** The `packages` of a lock file, or undefined if it does not exist. */
function lockedPackages(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).packages : undefined;
}

/** Whether npm's record of installed packages matches the lock file. */
function installedMatchesLock() {
  const wanted = lockedPackages(join(root, "package-lock.json"));
  const installed = lockedPackages(join(modules, ".package-lock.json"));
  if (!installed) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    const found = installed[path];
    return found ? found.version === entry.version : entry.optional === true;
  });
}

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (result.status !== 0) {
    console.error(`berth: ${command} ${args.join(" ")} failed${result.error ? `: ${result.error.message}` : ""}`);
    process.exit(1);
  }
}

function bunRuns() {
  return spawnSync(bun, ["--version"], { stdio: "ignore" }).status === 0;
}

if (!installedMatchesLock()) {
  console.log("==> installing the npm packages of the lock file");
  run("npm", ["ci", "--no-audit", "--no-fund"]);
}
// npm may be configured not to run install scripts; the `bun` package is then a stub until its script is run manually.
if (!bunRuns()) run(process.execPath, [join(modules, "bun", "install.js")]);

const [script, ...rest] = process.argv.slice(2);
const result = spawnSync(bun, [join(root, script), ...rest], { cwd: root, stdio: "inherit" });
if (result.signal) process.kill(process.pid, result.signal);
process.exit(result.status ?? 1);
