// Name resolution: answers of the DNS server at 127.0.0.11 about containers, and forwarding.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command, eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { startNameserver, type TestNameserver } from "../../support/nameserver.ts";
import { dig, inContainer, inspected, ipv4Of, ipv6Of, runContainer } from "./support.ts";

let daemon: TestDaemon;
let nameserver: TestNameserver;
const sleep = ["sleep", "1000"];

/** Opens 100 connections to the resolver, asks 200 questions on each, and reads no answer. */
const dnsFlood = `
import socket, struct, time
name = b"".join(bytes([len(label)]) + label for label in [b"flood", b"test", b""])
question = struct.pack(">HHHHHH", 1, 0x100, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1)
stream = (struct.pack(">H", len(question)) + question) * 200
connections = []
for _ in range(100):
    connection = socket.create_connection(("127.0.0.11", 53))
    connections.append(connection)
    try: connection.sendall(stream)
    except OSError: pass
print("sent", flush=True)
time.sleep(100)
`;

const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

beforeAll(async () => {
  nameserver = await startNameserver("127.0.0.77");
  daemon = await startDaemon({ config: { dns: [nameserver.address] } });
  await daemon.importBusybox();
  await daemon.docker(["network", "create", "one"]);
  await daemon.docker(["network", "create", "two"]);
});

afterAll(async () => {
  await daemon.dispose();
  nameserver.stop();
});

describe("user-defined network", () => {
  let asking: string;
  let web: string;

  beforeAll(async () => {
    asking = await runContainer(daemon, ["--name", "asking", "--network", "one"], sleep);
    web = await runContainer(
      daemon,
      ["--name", "web", "--hostname", "webhost", "--network", "one", "--network-alias", "www"],
      sleep,
    );
  });

  afterAll(() => daemon.docker(["rm", "-f", "web", "asking"]));

  test("resolves names, host names, aliases, short IDs and qualified names, in both families", async () => {
    const [ipv4, ipv6] = await Promise.all([ipv4Of(daemon, "web", "one"), ipv6Of(daemon, "web", "one")]);
    for (const name of ["web", "WEB", "webhost", "www", web.slice(0, 12), "web.one"]) {
      expect([name, await dig(daemon, asking, name)]).toEqual([name, [ipv4]]);
      expect([name, await dig(daemon, asking, "AAAA", name)]).toEqual([name, [ipv6]]);
      expect([name, await dig(daemon, asking, "+tcp", name)]).toEqual([name, [ipv4]]);
    }
  });

  test("resolves addresses to names", async () => {
    const [ipv4, ipv6] = await Promise.all([ipv4Of(daemon, "web", "one"), ipv6Of(daemon, "web", "one")]);
    expect(await dig(daemon, asking, "-x", ipv4)).toEqual(["web.one."]);
    expect(await dig(daemon, asking, "-x", ipv6)).toEqual(["web.one."]);
  });

  test("does not resolve names of other networks", async () => {
    const stranger = await runContainer(daemon, ["--name", "stranger", "--network", "two"], sleep);
    expect(await dig(daemon, stranger, "web")).toEqual([]);
    await daemon.docker(["network", "connect", "--alias", "late", "two", "web"]);
    expect(await dig(daemon, stranger, "late")).toEqual([await ipv4Of(daemon, "web", "two")]);
    await daemon.docker(["network", "disconnect", "two", "web"]);
    expect(await dig(daemon, stranger, "late")).toEqual([]);
    await daemon.docker(["rm", "-f", "stranger"]);
  });

  test("rotates the containers with the same alias", async () => {
    const twin = await runContainer(daemon, ["--name", "twin", "--network", "one", "--network-alias", "www"], sleep);
    const addresses = await Promise.all(["web", "twin"].map((name) => ipv4Of(daemon, name, "one")));
    expect(await dig(daemon, asking, "www")).toEqual(addresses.sort());
    const first = async () =>
      (await inContainer(daemon, asking, ["dig", "+short", "@127.0.0.11", "www"])).stdout.split("\n")[0];
    expect(new Set([await first(), await first()])).toEqual(new Set(addresses));
    await daemon.docker(["rm", "-f", twin]);
  });

  test("follows stop, start and rename", async () => {
    await daemon.docker(["stop", "-t", "0", "web"]);
    expect(await dig(daemon, asking, "web")).toEqual([]);
    await daemon.docker(["start", "web"]);
    expect(await dig(daemon, asking, "web")).toEqual([await ipv4Of(daemon, "web", "one")]);
    await daemon.docker(["rename", "web", "renamed"]);
    expect(await dig(daemon, asking, "web")).toEqual([]);
    expect(await dig(daemon, asking, "renamed")).toEqual([await ipv4Of(daemon, "renamed", "one")]);
    await daemon.docker(["rename", "renamed", "web"]);
  });

  test("--link adds a name for this container only", async () => {
    const linked = await runContainer(daemon, ["--network", "one", "--link", "web:database"], sleep);
    expect(await dig(daemon, linked, "database")).toEqual([await ipv4Of(daemon, "web", "one")]);
    expect(await dig(daemon, asking, "database")).toEqual([]);
    await daemon.docker(["rm", "-f", linked]);
  });

  test("works after a daemon crash", async () => {
    await daemon.crashAndRestart();
    expect(await dig(daemon, asking, "web")).toEqual([await ipv4Of(daemon, "web", "one")]);
  });

  test("leaves port 53 to a server in the container", async () => {
    const script =
      "import socket\nfor t in (socket.SOCK_DGRAM, socket.SOCK_STREAM): socket.socket(socket.AF_INET, t).bind(('', 53))";
    expect(await inContainer(daemon, asking, ["python3", "-c", script])).toMatchObject({ code: 0 });
  });

  test("works with the container's C library", async () => {
    const { stdout } = await daemon.docker(["exec", "asking", "nslookup", "web"]);
    expect(stdout).toContain(await ipv4Of(daemon, "web", "one"));
    const { stdout: file } = await daemon.docker(["exec", "asking", "cat", "/etc/resolv.conf"]);
    expect(file).toContain("nameserver 127.0.0.11\n");
    expect(file).toContain("ndots:0");
  });
});

describe("external names", () => {
  let asking: string;

  beforeAll(async () => {
    asking = await runContainer(daemon, ["--name", "curious", "--network", "one"], sleep);
  });

  afterAll(() => daemon.docker(["rm", "-f", "curious"]));

  test("are forwarded to the host's resolvers over UDP and TCP", async () => {
    expect(await dig(daemon, asking, "example.test")).toEqual(["192.0.2.10"]);
    expect(await dig(daemon, asking, "+tcp", "example.test")).toEqual(["192.0.2.10"]);
    expect(await dig(daemon, asking, "unknown.test")).toEqual([]);
    const { stdout } = await inContainer(daemon, asking, ["dig", "@127.0.0.11", "unknown.test"]);
    expect(stdout).toContain("status: NXDOMAIN");
  });

  test("are answered completely over TCP when too large for UDP", async () => {
    const answer = await dig(daemon, asking, "large.test");
    expect(answer.length).toBe(200);
    expect(nameserver.asked("tcp")).toBeGreaterThan(0);
  });

  test("fail at once without a working resolver", async () => {
    const lost = await runContainer(daemon, ["--network", "one", "--dns", "127.0.0.78"], sleep);
    const { stdout } = await inContainer(daemon, lost, ["dig", "+tries=1", "+time=6", "@127.0.0.11", "example.test"]);
    expect(stdout).toContain("status: SERVFAIL");
    await daemon.docker(["rm", "-f", lost]);
  });

  test("fall back to the next resolver after REFUSED", async () => {
    const options = ["--network", "one", "--dns", "127.0.0.78", "--dns", nameserver.address];
    const id = await runContainer(daemon, options, sleep);
    expect(await dig(daemon, id, "example.test")).toEqual(["192.0.2.10"]);
    await daemon.docker(["rm", "-f", id]);
  });

  test("stay within the limits per container", async () => {
    // Accepts connections and never answers.
    const silent = Bun.listen({ hostname: "127.0.0.76", port: 53, socket: { data() {} } });
    const hostile = await runContainer(daemon, ["--network", "one", "--dns", "127.0.0.76"], sleep);
    const before = descriptorsOf(daemon.pid);
    const path = join(daemon.execRoot, "netns", hostile);
    await using flood = Bun.spawn(["nsenter", `--net=${path}`, "python3", "-c", dnsFlood], { stdout: "pipe" });
    const { value } = await flood.stdout.getReader().read();
    expect(Buffer.from(value ?? []).toString()).toStartWith("sent");
    expect(await dig(daemon, asking, "+tcp", "example.test")).toEqual(["192.0.2.10"]);
    // At most 32 connections from the container and as many to the nameserver.
    expect(descriptorsOf(daemon.pid) - before).toBeLessThan(80);
    flood.kill("SIGKILL");
    await flood.exited;
    await daemon.docker(["rm", "-f", hostile]);
    await eventually("the descriptors to be closed", () => descriptorsOf(daemon.pid) <= before);
    silent.stop(true);
  });

  test("do not resolve in an internal network", async () => {
    await daemon.docker(["network", "create", "--internal", "inside"]);
    const id = await runContainer(daemon, ["--network", "inside"], sleep);
    const { stdout } = await inContainer(daemon, id, ["dig", "+tries=1", "@127.0.0.11", "example.test"]);
    expect(stdout).toContain("status: SERVFAIL");
    await daemon.docker(["rm", "-f", id]);
    await daemon.docker(["network", "rm", "inside"]);
  });
});

describe("files", () => {
  const cat = async (name: string, path: string) => (await daemon.docker(["exec", name, "cat", path])).stdout;

  test("--dns, --dns-search, --dns-option and --add-host", async () => {
    const options = ["--dns", nameserver.address, "--dns-search", "a.test", "--dns-search", "b.test"];
    const id = await runContainer(
      daemon,
      ["--network", "one", ...options, "--dns-option", "timeout:2", "--add-host", "printer:192.0.2.50"],
      sleep,
    );
    const file = await cat(id, "/etc/resolv.conf");
    expect(file).toContain("search a.test b.test\n");
    expect(file).toContain("options timeout:2 ndots:0\n");
    expect(await cat(id, "/etc/hosts")).toContain("192.0.2.50\tprinter\n");
    await daemon.docker(["rm", "-f", id]);
  });

  test("--add-host host-gateway resolves to the default bridge's address", async () => {
    const id = await runContainer(daemon, ["--network", "one", "--add-host", "host:host-gateway"], sleep);
    expect(await cat(id, "/etc/hosts")).toContain(`${daemon.gateway}\thost\n`);
    await daemon.docker(["rm", "-f", id]);
  });

  test("names work on the default bridge, too, with Berth's resolver before the others", async () => {
    const [one, two] = await Promise.all(["b1", "b2"].map((name) => runContainer(daemon, ["--name", name], sleep)));
    expect(await dig(daemon, one ?? "", "b2")).toEqual([await ipv4Of(daemon, "b2", "bridge")]);
    const servers = [...(await cat("b1", "/etc/resolv.conf")).matchAll(/^nameserver (.*)$/gm)].map(
      ([, server]) => server,
    );
    expect(servers).toEqual(["127.0.0.11", nameserver.address]);
    await daemon.docker(["rm", "-f", one ?? "", two ?? ""]);
  });

  test("--link on the default bridge writes /etc/hosts", async () => {
    await runContainer(daemon, ["--name", "db", "--hostname", "dbhost"], sleep);
    const id = await runContainer(daemon, ["--link", "db:database"], sleep);
    expect(await cat(id, "/etc/hosts")).toContain(`${await ipv4Of(daemon, "db", "bridge")}\tdatabase dbhost db\n`);
    const { stderr } = await daemon.docker(["stop", "-t", "0", "db"]);
    expect(stderr).toBe("");
    const again = await daemon.docker(["run", "--rm", "--link", "db", "busybox", "true"]);
    expect(again.stderr).toContain("Cannot link to a non running container: /db AS");
    await daemon.docker(["rm", "-f", id, "db"]);
  });

  test("updates a running container's /etc/hosts on connect and disconnect", async () => {
    await runContainer(daemon, ["--name", "mover", "--network", "one"], sleep);
    await daemon.docker(["network", "connect", "two", "mover"]);
    const address = await ipv4Of(daemon, "mover", "two");
    expect(await cat("mover", "/etc/hosts")).toContain(`${address}\t`);
    await daemon.docker(["network", "disconnect", "two", "mover"]);
    expect(await cat("mover", "/etc/hosts")).not.toContain(`${address}\t`);
    await daemon.docker(["rm", "-f", "mover"]);
  });
});

test("follows changes of the host's resolv.conf while a container runs", async () => {
  const second = await startNameserver("127.0.0.79", { "example.test": "192.0.2.20" });
  const file = join(daemon.directory, "resolv.conf");
  writeFileSync(file, `nameserver ${nameserver.address}\n`);
  // A daemon in its own mount namespace with the test's /etc/resolv.conf.
  const enter = ["unshare", "--mount", "sh", "-c", `mount --bind ${file} /etc/resolv.conf && exec "$@"`, "sh"];
  const follower = await startDaemon({ prefix: enter });
  try {
    await follower.importBusybox();
    await follower.docker(["network", "create", "n"]);
    await runContainer(follower, ["--name", "following", "--network", "n"], sleep);
    const pid = await inspected(follower, "following", "{{.State.Pid}}");
    const lookUp = async () => {
      const { stdout } = await command(["nsenter", "-t", pid, "-n", "dig", "+short", "@127.0.0.11", "example.test"]);
      return stdout.trim();
    };
    expect(await lookUp()).toBe("192.0.2.10");
    writeFileSync(file, `nameserver ${second.address}\n# changed\n`);
    expect(await lookUp()).toBe("192.0.2.20");
  } finally {
    await follower.dispose();
    second.stop();
  }
});
