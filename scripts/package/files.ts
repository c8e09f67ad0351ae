// Lays out the files that both the Debian package and the tarball install.
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { bashScript } from "../../src/cli/completion/bash.ts";
import { fishScript } from "../../src/cli/completion/fish.ts";
import { zshScript } from "../../src/cli/completion/zsh.ts";
import { defaultAppArmorProfile } from "../../src/runtime/apparmor.ts";
import { options } from "../../src/server/configuration/options.ts";
import { repository } from "../setup/program.ts";
import { manualPages } from "./manual.ts";
import { roffOf } from "./roff.ts";

export interface Release {
  version: string;
  /** Timestamp of all files and pages in seconds since 1970, for reproducible builds. */
  epoch: number;
}

/** Creates a complete installation below `root`. @param program the executable to install */
export async function writeFiles(root: string, program: string, release: Release): Promise<void> {
  const write = (path: string, content: string | Uint8Array): void => writeFile(root, path, content);
  const copy = (from: string, path: string): void => {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    copyFileSync(join(repository, from), join(root, path));
    chmodSync(join(root, path), 0o644);
  };

  mkdirSync(join(root, "usr/bin"), { recursive: true });
  copyFileSync(program, join(root, "usr/bin/berth"));
  chmodSync(join(root, "usr/bin/berth"), 0o755);

  copy("packaging/berth.service", "usr/lib/systemd/system/berth.service");
  copy("packaging/berth.socket", "usr/lib/systemd/system/berth.socket");
  copy("packaging/berth-ui.service", "usr/lib/systemd/system/berth-ui.service");
  write("etc/berth/daemon.json", exampleSettings());
  write("etc/apparmor.d/berth-default", defaultAppArmorProfile);

  writeCompletions(root, "berth");

  const date = new Date(release.epoch * 1000).toISOString().slice(0, 10);
  for (const page of await manualPages()) {
    const text = roffOf(page, release.version, date);
    write(`usr/share/man/man${page.section}/${page.name}.${page.section}.gz`, gzipSync(text, { level: 9 }));
  }
  copy("README.md", "usr/share/doc/berth/README.md");
  copy("LICENSE", "usr/share/doc/berth/LICENSE");
  for (const page of new Bun.Glob("*.md").scanSync({ cwd: join(repository, "docs") })) {
    copy(`docs/${page}`, `usr/share/doc/berth/docs/${page}`);
  }
}

/** The completions of a command, for all users of the shells. */
export function writeCompletions(root: string, command: string): void {
  writeFile(root, `usr/share/bash-completion/completions/${command}`, bashScript(command));
  writeFile(root, `usr/share/zsh/vendor-completions/_${command}`, zshScript(command));
  writeFile(root, `usr/share/fish/vendor_completions.d/${command}.fish`, fishScript(command));
}

function writeFile(root: string, path: string, content: string | Uint8Array): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), content, { mode: 0o644 });
}

/** A daemon.json without settings that documents every key. */
export function exampleSettings(): string {
  const lines = options.map(({ key, help }) => `  // ${key}: ${help}`);
  return `// Settings of the Berth daemon: a JSON object in which comments are allowed.
// See berth-daemon.json(5). Apply changes with: systemctl reload berth
{
${lines.join("\n")}
}
`;
}
