// The Debian packages on a fresh system with systemd: installed, upgraded, removed and purged while containers run. The
// commands are those of docs/install.md.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { SystemdContainer } from "../../scripts/systemd-container/container.ts";
import { VERSION } from "../../src/api/product.ts";
import { eventually } from "../support/command.ts";
import {
  dockerPackage,
  engineIsThere,
  enginePackage,
  importBusybox,
  installEngine,
  PATIENCE,
} from "../support/packaged-engine.ts";

const TEST_DEADLINE = 20 * 60_000;

let machine: SystemdContainer;
const must = (line: string) => machine.must(line);

beforeAll(async () => {
  machine = await SystemdContainer.start();
  await installEngine(machine);
}, TEST_DEADLINE);

afterAll(() => machine?.dispose(), TEST_DEADLINE);

test(
  "an installation starts the service",
  async () => {
    expect(await must("systemctl is-active berth.service berth.socket")).toBe("active\nactive");
    expect(await must("systemctl is-enabled berth.service berth.socket")).toBe("enabled\nenabled");
    expect(await must("stat -c '%a %U %G' /run/berth.sock")).toBe("660 root berth");
    expect(await must("berth run --rm busybox echo hello")).toBe("hello");
    expect(await must("apparmor_parser --skip-kernel-load /etc/apparmor.d/berth-default && echo valid")).toBe("valid");
  },
  TEST_DEADLINE,
);

test(
  "the shells complete, and man finds the pages",
  async () => {
    const bash = ". /usr/share/bash-completion/bash_completion; _completion_loader berth; complete -p berth";
    expect(await must(`bash -c '${bash}'`)).toEndWith(" berth");
    expect(await must("zsh -c 'autoload -Uz compinit; compinit -u; echo $_comps[berth]'")).toBe("_berth");
    expect(await must("fish -c 'complete -C \"berth pul\"'")).toStartWith("pull\t");
    expect(await must("man berth-run")).toContain("--publish");
    expect(await must("man 5 berth-daemon.json")).toContain("data-root");
  },
  TEST_DEADLINE,
);

test(
  "daemon.json is an example with comments; a changed setting takes effect on reload, and an invalid one is reported",
  async () => {
    expect(await must("berth daemon --validate")).toContain("configuration OK");
    await must("cp /etc/berth/daemon.json /root/example.json");
    await must('sed -i \'s/^{$/{ "labels": ["site=here"],/; s/\\],$/]/\' /etc/berth/daemon.json');
    await must("systemctl reload berth");
    await eventually("the label", async () => (await must("berth info -f '{{.Labels}}'")) === "[site=here]", PATIENCE);
    await must("echo '{ \"label\": 1 }' > /etc/berth/daemon.json");
    expect((await machine.run("berth daemon --validate")).stderr).toContain("label");
    await must("cp /root/example.json /etc/berth/daemon.json && systemctl reload berth");
  },
  TEST_DEADLINE,
);

test(
  "berth-ui.service serves a read-only page of the engine",
  async () => {
    await must("groupadd --system berth-ui && berth socket create --allow read,events,logs --group berth-ui ui");
    await must("echo 'a long password' | install -m 600 /dev/stdin /etc/berth/ui-password");
    await must("systemctl enable --now berth-ui");
    const curl = "curl -sS --max-time 60 -b /root/cookies -c /root/cookies -H 'Origin: http://127.0.0.1:8484'";
    const page = "http://127.0.0.1:8484";
    await eventually(
      "the page",
      async () => (await machine.run(`${curl} ${page}/ | grep -i doctype`)).code === 0,
      PATIENCE,
    );
    const signedIn = await must(`${curl} -d '{"password":"a long password"}' ${page}/session`);
    expect(JSON.parse(signedIn)).toMatchObject({ readOnly: true, current: "default" });
    expect(await must(`${curl} ${page}/engine/default/version`)).toContain(VERSION);
    expect(await must(`${curl} -o /dev/null -w '%{http_code}' -X POST ${page}/engine/default/containers/prune`)).toBe(
      "403",
    );
  },
  TEST_DEADLINE,
);

test(
  "an upgrade restarts the daemon and leaves containers running, with every line they write",
  async () => {
    await must(
      "berth run -d --name counter --stop-signal KILL busybox sh -c 'i=0; while :; do echo $((i+=1)); sleep 0.1; done'",
    );
    const container = await must("berth inspect -f '{{.State.Pid}}' counter");
    const daemon = await must("systemctl show -P MainPID berth.service");
    await must(
      `dpkg-deb -R ${enginePackage} /root/next && sed -i 's/^Version: .*/Version: ${VERSION}+1/' /root/next/DEBIAN/control && ` +
        "dpkg-deb --root-owner-group -Znone -b /root/next /root/next.deb && apt-get install --yes /root/next.deb",
    );
    await engineIsThere(machine);
    expect(await must("systemctl show -P MainPID berth.service")).not.toBe(daemon);
    expect(await must("berth inspect -f '{{.State.Pid}}' counter")).toBe(container);
    const lines = (await must("berth logs counter")).split("\n").map(Number);
    expect(lines).toEqual(lines.map((_, index) => index + 1));
    expect(await must("berth exec counter echo still here")).toBe("still here");
    expect(await must("systemctl is-active berth-ui.service")).toBe("active");
  },
  TEST_DEADLINE,
);

test(
  "berth-docker installs the docker command and Docker's socket, and its purge removes them",
  async () => {
    await must(`apt-get install --yes ${dockerPackage}`);
    expect(await must("docker --version")).toStartWith("Docker version");
    expect(await must("fish -c 'complete -C \"docker pul\"'")).toStartWith("pull\t");
    expect(await must("man docker")).toContain("berth");
    expect(await must("docker -H unix:///var/run/docker.sock ps --format '{{.Names}}'")).toBe("counter");
    await must("apt-get purge --yes berth-docker");
    expect((await machine.run("ls /run/docker.sock /usr/bin/docker")).code).not.toBe(0);
  },
  TEST_DEADLINE,
);

test(
  "a removal stops the containers and keeps their files; a later installation finds them",
  async () => {
    const removed = await must("apt-get remove --yes berth");
    expect(removed).toContain("Stopping all running containers");
    expect((await machine.run("systemctl is-active berth-ui.service")).stdout).toBe("inactive\n");
    expect((await machine.run("pgrep conmon")).code).toBe(1);
    await must(`apt-get install --yes ${enginePackage}`);
    await engineIsThere(machine);
    expect(await must("berth ps -a --format '{{.Names}} {{.State}}'")).toBe("counter exited");
  },
  TEST_DEADLINE,
);

test(
  "a purge lists what it removes and leaves nothing",
  async () => {
    await must("berth start counter");
    const purged = await must("apt-get purge --yes berth");
    expect(purged).toContain("Removing /var/lib/berth: all images, containers, volumes and build cache.");
    expect((await machine.run("ls -d /var/lib/berth /run/berth /etc/berth /run/berth.sock")).stdout).toBe("");
    expect(await must("find /etc/systemd /var/lib/systemd/deb-systemd-helper-enabled -name 'berth*'")).toBe("");
    expect((await machine.run("pgrep -f '[b]erth'")).code).toBe(1);
    expect(await must("awk '$5 ~ /berth/' /proc/self/mountinfo")).toBe("");
    await must(`apt-get install --yes ${enginePackage}`);
    await engineIsThere(machine);
    await importBusybox(machine);
    expect(await must("berth run --rm busybox echo again")).toBe("again");
  },
  TEST_DEADLINE,
);
