// Published ports: reachability, client addresses, and other programs' firewall rules.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { inNetworkNamespace } from "../../../src/linux/namespaces.ts";
import { command, eventually, mustRun } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { kernelHas } from "../../support/kernel.ts";
import { Machine } from "../../support/machine.ts";
import { freePort } from "../../support/port.ts";
import { lacks } from "../../support/requirement.ts";
import {
  echoed,
  echoedBySctp,
  fetchHere,
  fetchIn,
  ipv4Of,
  runContainer,
  runServer,
  serveSctpEcho,
  serveUdpEcho,
} from "./support.ts";

let daemon: TestDaemon;
let outside: Machine;

beforeAll(async () => {
  outside = await Machine.start();
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(async () => {
  await outside.dispose();
  await daemon.dispose();
});

const table = () => `berth_${daemon.bridge}`;
const remove = (name: string) => daemon.docker(["rm", "-f", name]);

describe("a port published on all addresses", () => {
  let port: number;
  let id: string;
  let other: string;

  beforeAll(async () => {
    port = await freePort();
    id = await runServer(daemon, "web", ["-p", `${port}:80`]);
    await daemon.docker(["network", "create", "elsewhere"]);
    other = await runContainer(daemon, ["--name", "other", "--network", "elsewhere"], ["sleep", "1000"]);
  });

  afterAll(async () => {
    await remove("web");
    await remove("other");
  });

  test("is reachable on the host at 127.0.0.1, ::1 and its other addresses", async () => {
    for (const address of ["127.0.0.1", "[::1]", outside.hostAddress, `[${outside.hostAddress6}]`]) {
      expect(`${address} ${await fetchHere(`http://${address}:${port}/`)}`).toBe(`${address} hello from web\n`);
    }
  });

  test("is reachable from another machine over IPv4 and IPv6", async () => {
    expect(await outside.fetch(`http://${outside.hostAddress}:${port}/`)).toBe("hello from web\n");
    expect(await outside.fetch(`http://[${outside.hostAddress6}]:${port}/`)).toBe("hello from web\n");
  });

  test("is reachable from another network and from the container itself", async () => {
    for (const asking of [other, id]) {
      expect(await fetchIn(daemon, asking, `http://${outside.hostAddress}:${port}/`)).toBe("hello from web\n");
      expect(await fetchIn(daemon, asking, `http://[${outside.hostAddress6}]:${port}/`)).toBe("hello from web\n");
    }
  });

  test("preserves the client's address", async () => {
    await outside.fetch(`http://${outside.hostAddress}:${port}/`);
    await outside.fetch(`http://[${outside.hostAddress6}]:${port}/`);
    await fetchHere(`http://${outside.hostAddress}:${port}/`);
    const { stderr } = await daemon.docker(["logs", "web"]);
    for (const client of [outside.address, outside.address6, outside.hostAddress]) expect(stderr).toContain(client);
  });

  test("is the only open port: other machines cannot reach other ports or the container's address", async () => {
    const address = await ipv4Of(daemon, "web", "bridge");
    expect(await fetchHere(`http://${address}/`)).toBe("hello from web\n");
    expect(await outside.fetch(`http://${address}/`)).toBeUndefined();
  });

  test("the administrator's chain takes precedence over Berth's rules", async () => {
    await mustRun(["nft", `add rule inet ${table()} user meta l4proto tcp ct original proto-dst ${port} drop`]);
    expect(await outside.fetch(`http://${outside.hostAddress}:${port}/`)).toBeUndefined();
    await mustRun(["nft", "flush", "chain", "inet", table(), "user"]);
    expect(await outside.fetch(`http://${outside.hostAddress}:${port}/`)).toBe("hello from web\n");
  });

  test("a drop in the administrator's own table takes effect, too", async () => {
    const rules = `table inet ${daemon.bridge}_admin { chain f { type filter hook forward priority 10; tcp dport 80 drop\n }\n}\n`;
    await mustRun(["nft", "-f", "-"], { input: rules });
    expect(await outside.fetch(`http://${outside.hostAddress}:${port}/`)).toBeUndefined();
    await mustRun(["nft", "delete", "table", "inet", `${daemon.bridge}_admin`]);
    expect(await outside.fetch(`http://${outside.hostAddress}:${port}/`)).toBe("hello from web\n");
  });

  test("is restored with the administrator's rules after a flush", async () => {
    const page = () => outside.fetch(`http://${outside.hostAddress}:${port}/`);
    for (const harm of [
      ["flush", "chain", "inet", table(), "publish"],
      ["flush", "map", "inet", table(), "published4"],
    ]) {
      await mustRun(["nft", ...harm]);
      await eventually("the port to answer again", page);
    }
    const userRules = () => mustRun(["nft", "list", "chain", "inet", table(), "user"]);
    // The engine reads a new rule with a delay that is not observable: each attempt gives it more time.
    let pause = 0;
    await eventually("a rule of the administrator's to survive its table", async () => {
      if (!(await userRules()).includes("dport 9")) {
        await mustRun(["nft", "add", "rule", "inet", table(), "user", "tcp", "dport", "9", "drop"]);
      }
      pause += 500;
      await Bun.sleep(pause);
      await mustRun(["nft", "delete", "table", "inet", table()]);
      await eventually("the port to answer again", page);
      return (await userRules()).includes("tcp dport 9 drop");
    });
    await mustRun(["nft", "flush", "chain", "inet", table(), "user"]);
  });

  test("keeps open connections over a daemon crash", async () => {
    const socket = connect(port, outside.hostAddress);
    const received: Buffer[] = [];
    let ended = false;
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    socket.on("close", () => {
      ended = true;
    });
    socket.write("GET / HTTP/1.0\r\n");
    await daemon.stop("SIGKILL");
    expect(await outside.fetch(`http://${outside.hostAddress}:${port}/`)).toBe("hello from web\n");
    await daemon.start();
    expect(ended).toBe(false);
    socket.write("\r\n");
    await eventually("the rest of the answer", () => ended);
    expect(Buffer.concat(received).toString()).toContain("hello from web");
    expect(await fetchHere(`http://[::1]:${port}/`)).toBe("hello from web\n");
  });

  test("is closed when the container has stopped", async () => {
    await daemon.docker(["stop", "-t", "0", "web"]);
    expect(await outside.fetch(`http://${outside.hostAddress}:${port}/`)).toBeUndefined();
    expect(await fetchHere(`http://127.0.0.1:${port}/`)).toBeUndefined();
    expect(await fetchHere(`http://[::1]:${port}/`)).toBeUndefined();
  });
});

describe("other publishing options", () => {
  test("on loopback only is unreachable from other machines and containers", async () => {
    const port = await freePort();
    const id = await runServer(daemon, "local", ["-p", `127.0.0.1:${port}:80`]);
    expect(await fetchHere(`http://127.0.0.1:${port}/`)).toBe("hello from local\n");
    expect(await outside.fetch(`http://${outside.hostAddress}:${port}/`)).toBeUndefined();
    await outside.run(["ip", "route", "add", "127.0.0.0/8", "via", outside.hostAddress]);
    expect(await fetchIn(daemon, id, `http://${outside.hostAddress}:${port}/`)).toBeUndefined();
    // A container that sends to 127.0.0.1 by way of the bridge must not arrive at the host's loopback.
    await command(["nsenter", `--net=${daemon.execRoot}/netns/${id}`, "ip", "link", "set", "lo", "down"]);
    await command([
      "nsenter",
      `--net=${daemon.execRoot}/netns/${id}`,
      "sysctl",
      "-qw",
      "net.ipv4.conf.all.route_localnet=1",
    ]);
    expect(await fetchIn(daemon, id, `http://127.0.0.1:${port}/`)).toBeUndefined();
    await remove("local");
  });

  test("on ::1 only", async () => {
    const port = await freePort();
    await runServer(daemon, "local6", ["-p", `[::1]:${port}:80`]);
    expect(await fetchHere(`http://[::1]:${port}/`)).toBe("hello from local6\n");
    expect(await fetchHere(`http://127.0.0.1:${port}/`)).toBeUndefined();
    expect(await outside.fetch(`http://[${outside.hostAddress6}]:${port}/`)).toBeUndefined();
    await remove("local6");
  });

  test("UDP, also for a sender that started earlier", async () => {
    const port = await freePort();
    expect(await echoed(outside.hostAddress, port)).toBe("nothing");
    const id = await runContainer(daemon, ["--name", "echo", "-p", `${port}:5353/udp`], ["sleep", "1000"]);
    const endEcho = serveUdpEcho(daemon, id);
    await eventually("the echo", async () => (await echoed("127.0.0.1", port)) === "ping");
    expect(await echoed(outside.hostAddress, port)).toBe("ping");
    expect(await echoed(outside.hostAddress, port, outside.name)).toBe("ping");
    expect(await echoed(outside.hostAddress6, port, outside.name)).toBe("ping");
    await endEcho();
    await remove("echo");
  });

  test.skipIf(lacks("SCTP in the kernel", kernelHas.sctp))("SCTP", async () => {
    const port = await freePort();
    const id = await runContainer(daemon, ["--name", "sctp", "-p", `${port}:5353/sctp`], ["sleep", "1000"]);
    const endEcho = serveSctpEcho(daemon, id);
    await eventually("the echo", async () => (await echoedBySctp("127.0.0.1", port)) === "ping");
    expect(await echoedBySctp(outside.hostAddress, port, outside.name)).toBe("ping");
    expect(await echoedBySctp(outside.hostAddress6, port, outside.name)).toBe("ping");
    expect((await daemon.docker(["port", "sctp"])).stdout).toContain(`5353/sctp -> 0.0.0.0:${port}\n`);
    await endEcho();
    await remove("sctp");
  });

  test("an IPv4-only container is reachable over IPv6, too", async () => {
    const port = await freePort();
    await daemon.docker(["network", "create", "--ipv6=false", "four"]);
    await runServer(daemon, "four", ["--network", "four", "-p", `${port}:80`]);
    expect(await fetchHere(`http://[::1]:${port}/`)).toBe("hello from four\n");
    expect(await outside.fetch(`http://[${outside.hostAddress6}]:${port}/`)).toBe("hello from four\n");
    await remove("four");
    await daemon.docker(["network", "rm", "four"]);
  });

  test("-P publishes exposed ports on ephemeral ports; a range uses its first free port", async () => {
    const taken = await freePort();
    await runServer(daemon, "all", ["--expose", "80", "-P", "-p", `${taken}-${taken + 20}:81`]);
    const { stdout } = await daemon.docker(["port", "all", "80"]);
    const [, port] = /0\.0\.0\.0:(\d+)/.exec(stdout) ?? [];
    expect(await fetchHere(`http://127.0.0.1:${port}/`)).toBe("hello from all\n");
    await runServer(daemon, "next", ["-p", `${taken}-${taken + 20}:80`]);
    const second = await daemon.docker(["port", "next", "80"]);
    expect(second.stdout).toContain(`0.0.0.0:${taken + 1}`);
    await remove("all");
    await remove("next");
  });
});

test("ten thousand ports need few set elements, and each works", async () => {
  // On a separate host: other programs on this one use some of the ports.
  await using host = await Machine.start();
  await using engine = await startDaemon({ prefix: ["nsenter", `--net=/run/netns/${host.name}`] });
  await engine.importBusybox();
  const first = 20_000;
  const range = `${first}-${first + 9_999}`;
  const id = await runServer(engine, "many", ["-p", `${range}:${range}`, "-p", `${first + 10_000}:80`]);
  const { stdout } = await engine.docker(["port", "many", `${first + 9_999}`]);
  expect(stdout).toBe(`0.0.0.0:${first + 9_999}\n[::]:${first + 9_999}\n`);
  const elements = await host.run(["nft", "list", "map", "inet", `berth_${engine.bridge}`, "ranges4"]);
  expect(elements.stdout).toMatch(/elements = \{ tcp \. 20000-29999 : 10\.[\d.]+ \}/);
  const moved = Bun.spawn(
    ["nsenter", `--net=${engine.execRoot}/netns/${id}`, "python3", "-m", "http.server", "25000"],
    { cwd: engine.dataRoot, stdout: "ignore", stderr: "ignore" },
  );
  const middle = await eventually("a port in the middle", () => fetchHere(`http://${host.address}:25000/`));
  expect(middle).toContain("html");
  moved.kill();
  expect(await fetchHere(`http://${host.address}:${first + 10_000}/`)).toBe("hello from many\n");
  const other = await engine.docker(["run", "--rm", "-p", "25000:80", "busybox", "true"]);
  expect(other.stderr).toContain("Bind for 0.0.0.0:25000 failed: port is already allocated");
  const taken = inNetworkNamespace(`/run/netns/${host.name}`, () =>
    Bun.listen({ hostname: "127.0.0.1", port: 40_100, socket: { data() {} } }),
  );
  const refused = await engine.docker(["run", "--rm", "-p", "40000-40200:40000-40200", "busybox", "true"]);
  expect(refused.stderr).toContain("failed to bind host port 0.0.0.0:40100/tcp: address already in use");
  taken.stop(true);
  await engine.call("POST", "/containers/many/update", { PublishRemove: ["25000/tcp"] });
  expect((await engine.docker(["run", "--rm", "-p", "25000:80", "busybox", "true"])).code).toBe(0);
  await engine.crashAndRestart();
  expect((await engine.docker(["port", "many"])).stdout.split("\n").filter(Boolean).length).toBe(2 * 10_000);
});

test("changing ports of a running container keeps its other ports and their connections", async () => {
  const [kept, added] = [await freePort(), await freePort()];
  await runServer(daemon, "changing", ["-p", `${kept}:80`]);
  const update = (body: unknown) => daemon.call("POST", "/containers/changing/update", body);
  await update({ PublishAdd: { "80/tcp": [{ HostPort: String(added) }] } });
  expect(await outside.fetch(`http://${outside.hostAddress}:${added}/`)).toBe("hello from changing\n");
  expect(await fetchHere(`http://[::1]:${added}/`)).toBe("hello from changing\n");
  const socket = connect(kept, outside.hostAddress);
  await new Promise((resolve) => socket.once("connect", resolve));
  const taken = await daemon.request("POST", "/containers/changing/update", {
    PublishAdd: { "81/tcp": [{ HostPort: String(kept) }] },
  });
  expect(await taken.text()).toContain("port is already allocated");
  await update({ PublishRemove: ["80/tcp"], PublishAdd: { "80/tcp": [{ HostPort: String(kept) }] } });
  expect(await outside.fetch(`http://${outside.hostAddress}:${added}/`)).toBeUndefined();
  expect(await outside.fetch(`http://${outside.hostAddress}:${kept}/`)).toBe("hello from changing\n");
  const answer = new Promise<Buffer>((resolve) => socket.once("data", resolve));
  socket.write("GET / HTTP/1.0\r\n\r\n");
  expect((await answer).toString()).toContain("200 OK");
  const { stdout } = await daemon.docker(["port", "changing"]);
  expect(stdout).toBe(`80/tcp -> 0.0.0.0:${kept}\n80/tcp -> [::]:${kept}\n`);
  await daemon.docker(["restart", "-t", "0", "changing"]);
  await eventually("the page", () => fetchHere(`http://127.0.0.1:${kept}/`));
  await remove("changing");
});

describe("a port in use", () => {
  test("by another container fails the start and leaves nothing behind", async () => {
    const port = await freePort();
    await runServer(daemon, "first", ["-p", `${port}:80`]);
    const second = await daemon.docker(["run", "--name", "second", "-p", `${port}:80`, "busybox", "true"]);
    expect(second.code).toBe(125);
    expect(second.stderr).toMatch(
      new RegExp(
        `driver failed programming external connectivity on endpoint second \\([0-9a-f]{64}\\): Bind for 0.0.0.0:${port} failed: port is already allocated`,
      ),
    );
    await remove("first");
    const again = await daemon.docker(["start", "second"]);
    expect(again).toMatchObject({ code: 0 });
    await remove("second");
  });

  test("by a host program fails the start, and a container's port is in use for host programs", async () => {
    const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { stderr, code } = await daemon.docker(["run", "--rm", "-p", `${server.port}:80`, "busybox", "true"]);
    expect(code).toBe(125);
    expect(stderr).toContain(`failed to bind host port 0.0.0.0:${server.port}/tcp: address already in use`);
    server.stop(true);
    const port = await freePort();
    await runServer(daemon, "holder", ["-p", `${port}:80`]);
    for (const hostname of ["127.0.0.1", "0.0.0.0", "::1"]) {
      expect(() => Bun.listen({ hostname, port, socket: { data() {} } })).toThrow();
    }
    await remove("holder");
  });

  test("rejects an address that the host does not have", async () => {
    const { stderr, code } = await daemon.docker(["run", "--rm", "-p", "203.0.113.1:8080:80", "busybox", "true"]);
    expect(code).toBe(125);
    expect(stderr).toContain("failed to bind host port 203.0.113.1:8080/tcp: cannot assign requested address");
  });
});
