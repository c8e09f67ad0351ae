// npm run test:fresh: `npm start` and `npm test` from a clone of the newest commit in a root filesystem that has nothing
// but a minimal Debian, Node and npm. It finds set-up steps that a machine used for development hides.
// `npm run test:fresh -- unit` passes the arguments on to `npm test`.
import { cpSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildDebianRoot } from "./setup/debian.ts";
import { installPackages, rootPackages } from "./setup/packages.ts";
import { repository } from "./setup/program.ts";
import { must, note, StepError, say, script } from "./step.ts";

const CLONE = "/root/berth";

await script(async () => {
  await installPackages(rootPackages);
  mkdirSync(join(repository, "dist"), { recursive: true });
  const root = mkdtempSync(join(repository, "dist", "fresh-"));
  try {
    await makeRoot(root);
    await run(root, "npm start", "npm start");
    await run(root, "npm start, a second time", "npm start");
    await run(root, "npm test", `npm test -- ${process.argv.slice(2).join(" ")}`);
  } finally {
    say("removing the root filesystem");
    // Does not follow mounts that may be left there.
    await must(["rm", "-rf", "--one-file-system", root]);
  }
});

/** A minimal Debian with this machine's Node, npm, package sources and certificates, and a clone of the repository. */
async function makeRoot(root: string): Promise<void> {
  say("building a root filesystem of Debian");
  await buildDebianRoot(root, ["ca-certificates"]);
  const node = process.env.npm_node_execpath ?? Bun.which("node");
  const npm = await must(["npm", "prefix", "--global"]);
  if (node === null || node === undefined) throw new StepError("node is not in the PATH");
  cpSync(node, join(root, "usr/local/bin/node"));
  cpSync(join(npm, "lib/node_modules/npm"), join(root, "usr/local/lib/node_modules/npm"), { recursive: true });
  await must(["ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm")]);
  // npm looks for its global settings below its prefix, which is /usr/local in the new root.
  const copies: Record<string, string> = {
    [await must(["npm", "config", "get", "globalconfig"])]: "/usr/local/etc/npmrc",
    [`${process.env.HOME}/.npmrc`]: "/root/.npmrc",
  };
  const kept = ["/etc/apt", "/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"];
  for (const path of [...kept, "/etc/resolv.conf"]) copies[path] = path;
  for (const [from, to] of Object.entries(copies)) {
    if (!existsSync(from)) continue;
    mkdirSync(join(root, dirname(to)), { recursive: true });
    cpSync(from, join(root, to), { recursive: true, dereference: from === "/etc/resolv.conf" });
  }
  await must(["git", "clone", "--quiet", repository, join(root, CLONE)]);
}

/** Runs a shell command in the root filesystem, in new mount and PID namespaces, and shows its output. */
async function run(root: string, title: string, line: string): Promise<void> {
  say(`${title}, in the fresh root filesystem`);
  const inside = [
    "mount --make-rprivate /",
    `mount --bind ${root} ${root}`,
    ...["dev", "sys"].map((name) => `mount --rbind /${name} ${root}/${name}`),
    `mount -t proc proc ${root}/proc`,
    `mount -t tmpfs tmpfs ${root}/run`,
    `cd ${root}`,
    "pivot_root . mnt",
    "umount -l /mnt",
    `cd ${CLONE}`,
    line,
  ];
  const started = Date.now();
  const child = Bun.spawn(
    ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts", "sh", "-ec", inside.join("\n")],
    {
      stdio: ["ignore", "inherit", "inherit"],
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", CI: "true" },
    },
  );
  const code = await child.exited;
  note(`exit code ${code} after ${Math.round((Date.now() - started) / 1000)} s`);
  if (code !== 0) throw new StepError(`${title} failed`);
}
