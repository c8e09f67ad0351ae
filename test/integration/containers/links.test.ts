// --link on the default bridge: names and environment, also after the linked container's address changes.
import { expect, test } from "bun:test";
import { create, inspect, messageOf, post, remove, run, sharedDaemon } from "./support.ts";

const daemon = sharedDaemon();
const sleeper = { Cmd: ["sleep", "1000"] };

const outputOf = async (...argv: string[]): Promise<string> => (await daemon().docker(argv)).stdout;
const addressOf = (name: string): Promise<string> =>
  outputOf("inspect", "-f", "{{.NetworkSettings.Networks.bridge.IPAddress}}", name).then((text) => text.trim());
const linksOf = async (name: string): Promise<unknown> =>
  JSON.parse(await outputOf("inspect", "-f", "{{json .HostConfig.Links}}", name));

test("environment, hosts, inspect and ps, also after the linked container changes name and address", async () => {
  const ExposedPorts = { "80/tcp": {}, "81/tcp": {}, "82/tcp": {}, "53/udp": {} };
  const Env = ["COLOUR=red=blue", "PATH=/bin", "HOME=/h"];
  await run(daemon(), { ...sleeper, Hostname: "dbhost", Env, ExposedPorts }, "db");
  await run(daemon(), { ...sleeper, HostConfig: { Links: ["db:my-db", "/db:/ignored/db"] } }, "web");
  const address = await addressOf("db");
  const environment = (await outputOf("exec", "web", "env")).split("\n").filter((line) => line.startsWith("MY_DB_"));
  expect(environment.sort()).toEqual(
    [
      "MY_DB_ENV_COLOUR=red=blue",
      "MY_DB_NAME=/web/my-db",
      `MY_DB_PORT=udp://${address}:53`,
      ...["udp 53", "tcp 80", "tcp 81", "tcp 82"].flatMap((text) => {
        const [protocol = "", port = ""] = text.split(" ");
        const name = `MY_DB_PORT_${port}_${protocol.toUpperCase()}`;
        return [
          `${name}=${protocol}://${address}:${port}`,
          `${name}_ADDR=${address}`,
          `${name}_PORT=${port}`,
          `${name}_PROTO=${protocol}`,
        ];
      }),
      "MY_DB_PORT_80_TCP_PORT_START=80",
      `MY_DB_PORT_80_TCP_START=tcp://${address}:80`,
      "MY_DB_PORT_80_TCP_PORT_END=82",
      `MY_DB_PORT_80_TCP_END=tcp://${address}:82`,
    ].sort(),
  );
  const hosts = (): Promise<string> => outputOf("exec", "web", "cat", "/etc/hosts");
  expect(await hosts()).toContain(`${address}\tmy-db dbhost db\n`);
  expect(await linksOf("web")).toEqual(["/db:/web/my-db", "/db:/web/db"]);
  expect(await outputOf("ps", "--no-trunc", "--format", "{{.Names}}")).toBe("web\ndb,web/db,web/my-db\n");
  expect(await outputOf("ps", "--format", "{{.Names}}")).toBe("web\ndb\n");

  await post(daemon(), "/containers/db/stop?t=0");
  await post(daemon(), "/containers/db/rename?name=base");
  await run(daemon(), sleeper, "takes-the-address");
  await post(daemon(), "/containers/base/start");
  const moved = await addressOf("base");
  expect(moved).not.toBe(address);
  const lines = (await hosts()).split("\n");
  expect(lines).toContain(`${moved}\tmy-db dbhost base`);
  expect(lines.filter((line) => line.startsWith(`${address}\t`))).toEqual([]);
  expect(await linksOf("web")).toEqual(["/base:/web/my-db", "/base:/web/db"]);
  await remove(daemon(), "web", "base", "takes-the-address");
});

test("a link to a container that does not run, does not exist or has the host's network is refused in Docker's words", async () => {
  await create(daemon(), sleeper, "still");
  const id = await create(daemon(), { ...sleeper, HostConfig: { Links: ["still"] } }, "wants");
  const start = await daemon().request("POST", `/containers/${id}/start`);
  expect([start.status, await messageOf(start)]).toEqual([
    500,
    "Cannot link to a non running container: /still AS /wants/still",
  ]);
  await create(daemon(), { ...sleeper, HostConfig: { NetworkMode: "host" } }, "hosted");
  for (const [name, message] of [
    ["nosuch", "could not get container for nosuch: No such container: nosuch"],
    [
      "hosted",
      "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
    ],
  ] as const) {
    const answer = await daemon().request("POST", "/containers/create", {
      Image: "busybox",
      HostConfig: { Links: [name] },
    });
    expect([answer.status, await messageOf(answer)]).toEqual([400, message]);
  }
  await remove(daemon(), "wants", "still", "hosted");
});

test("rm --link removes a link; it also ends with the linked container", async () => {
  await run(daemon(), sleeper, "db");
  await run(daemon(), { ...sleeper, HostConfig: { Links: ["db:one", "db:two"] } }, "web");
  const removed = await daemon().docker(["rm", "--link", "web/one"]);
  expect([removed.code, removed.stdout]).toEqual([0, "web/one\n"]);
  expect(await linksOf("web")).toEqual(["/db:/web/two"]);
  const again = await daemon().docker(["rm", "--link", "web/one"]);
  expect([again.code, again.stderr]).toEqual([1, "Error response from daemon: No such container: web/one\n"]);
  const whole = await daemon().docker(["rm", "--link", "web"]);
  expect([whole.code, whole.stderr]).toEqual([
    1,
    "Error response from daemon: Conflict, cannot remove the default link name of the container\n",
  ]);
  await remove(daemon(), "db");
  expect(await linksOf("web")).toBeNull();
  await post(daemon(), "/containers/web/restart?t=0");
  expect((await inspect(daemon(), "web")).State.Status).toBe("running");
  await remove(daemon(), "web");
});
