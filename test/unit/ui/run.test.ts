// The settings of an existing container, and small functions of the page.
import { describe, expect, test } from "bun:test";
import { toneOf } from "../../../src/ui/page/containers/tone.ts";
import { fileName, withoutDirections } from "../../../src/ui/page/parts/plain.ts";
import { settingsOfContainer } from "../../../src/ui/page/run/existing.ts";
import { lineOf, requestOf, settingsOf } from "../../../src/ui/page/run/line.ts";

const ID = "0123456789ab".padEnd(64, "0");
const image = { Cmd: ["nginx"], Env: ["PATH=/bin"], Labels: { maintainer: "somebody" }, WorkingDir: "/" };

/** What an engine answers for a container created from a line. */
function inspected(line: string) {
  const { HostConfig = {}, ...Config } = requestOf(settingsOf(line));
  return {
    Id: ID,
    Name: "/web",
    Mounts: [],
    Config: {
      ...Config,
      Hostname: Config.Hostname || ID.slice(0, 12),
      Cmd: Config.Cmd ?? image.Cmd,
      Env: [...(Config.Env ?? []), ...image.Env],
      Labels: { ...image.Labels, ...Config.Labels },
      WorkingDir: Config.WorkingDir || "/",
    },
    HostConfig: { IpcMode: "private", ShmSize: 67_108_864, Runtime: "crun", ...HostConfig },
  };
}

describe("an existing container's line", () => {
  test.each([
    "berth run -d --name web -p 8080:80 -v data:/data -e A=b nginx",
    "berth run -d --name web --network net --restart on-failure:3 -m 256m --cpus 1.5 --init nginx sh -c 'echo $A'",
    "berth run -d --name web --cap-add NET_ADMIN --pid host --ulimit nofile=1024:2048 --sysctl net.core.somaxconn=512 nginx",
    "berth run -d --name web --health-cmd 'curl localhost' --health-interval 1m30s --health-retries 3 nginx",
    "berth run -d --name web --tmpfs /run:size=1m --device /dev/fuse:/dev/fuse:rwm --mount type=volume,source=a,target=/b,readonly nginx",
    "berth run -d --name web -p 127.0.0.1:53:53/udp --entrypoint sh --privileged --read-only nginx -c true",
  ])("%s", (line) => {
    const written = lineOf(settingsOfContainer(inspected(line), image));
    expect(requestOf(settingsOf(written))).toEqual(requestOf(settingsOf(line)));
  });

  test("is refused when the form has no field for something", () => {
    const container = inspected("berth run --name web nginx");
    const HostConfig = { ...container.HostConfig, DeviceRequests: [{ Count: -1 }] };
    expect(() => settingsOfContainer({ ...container, HostConfig }, image)).toThrow("the form has no field for --gpus");
  });

  test("has the volumes that the engine named", () => {
    const name = "f".repeat(64);
    const mount = {
      Type: "volume" as const,
      Name: name,
      Source: "",
      Destination: "/data",
      Mode: "",
      RW: true,
      Propagation: "",
    };
    const { volume } = settingsOfContainer({ ...inspected("berth run --name web nginx"), Mounts: [mount] }, image);
    expect(volume).toEqual([`${name}:/data`]);
  });
});

test("endpoint options become the endpoint of the network", () => {
  const { NetworkingConfig } = requestOf(
    settingsOf("docker run --network net --network-alias db --ip 10.0.0.5 postgres"),
  );
  expect(NetworkingConfig?.EndpointsConfig).toEqual({
    net: { Aliases: ["db"], IPAMConfig: { IPv4Address: "10.0.0.5" } },
  });
});

test.each([
  ["running", "Up 3 minutes", "good"],
  ["running", "Up 3 minutes (unhealthy)", "bad"],
  ["running", "Up 3 seconds (health: starting)", "warn"],
  ["exited", "Exited (0) 2 hours ago", "quiet"],
  ["exited", "Exited (137) 2 hours ago", "quiet"],
  ["exited", "Exited (3) 2 hours ago", "bad"],
  ["paused", "Up 3 minutes (Paused)", "warn"],
] as const)("%s, %s is %s", (state, status, tone) => {
  expect(toneOf(state, status)).toBe(tone);
});

test("texts lose what reverses others, file names also what is invisible or a path", () => {
  expect(withoutDirections("a\u202eb\u2066c")).toBe("abc");
  expect(fileName("../a\u202eb\u0007.txt")).toBe(".._a_b_.txt");
});
