// The tarball on a fresh system with systemd, installed with the commands of docs/install.md.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { packagesDirectory } from "../../scripts/package.ts";
import { SystemdContainer } from "../../scripts/systemd-container/container.ts";
import { VERSION } from "../../src/api/product.ts";
import { architecture, engineIsThere, importBusybox } from "../support/packaged-engine.ts";

const TEST_DEADLINE = 20 * 60_000;

test(
  "the tarball installs the service, completions and man pages",
  async () => {
    await using machine = await SystemdContainer.start();
    const must = (line: string) => machine.must(line);
    const tarball = `berth-${VERSION}-linux-${architecture}.tar.xz`;
    await machine.send(join(packagesDirectory, tarball), `/root/${tarball}`);
    await must("apt-get install --yes conmon crun nftables procps tini xz-utils");
    await must(`tar -xf /root/${tarball} --strip-components=1 -C /`);
    await must("groupadd --system berth && systemctl daemon-reload");
    await must("systemctl enable --now berth.socket berth.service");
    await engineIsThere(machine);
    await importBusybox(machine);
    expect(await must("berth run --rm --init busybox echo hello")).toBe("hello");
    expect(await must("man berth-run")).toContain("--publish");
    expect(await must("fish -c 'complete -C \"berth pul\"'")).toStartWith("pull\t");
    expect(await must("stat -c '%U %a' / /usr /etc /usr/bin/berth")).toBe(Array(4).fill("root 755").join("\n"));
  },
  TEST_DEADLINE,
);
