// The create request for the container of a service.
import { describe, expect, test } from "bun:test";
import { containerRequest } from "../../../src/compose/project/container-request.ts";
import { open } from "./project.ts";

async function request(attributes: string, rest = "") {
  const text = `services:\n  web:\n    image: x\n    ${attributes.replaceAll("\n", "\n    ")}\n${rest}`;
  const project = await open(text).opener.project();
  const service = project.services.get("web");
  if (!service) throw new Error("no service");
  return containerRequest(project, service, {
    number: 1,
    name: "project-web-1",
    separator: "-",
    imageId: undefined,
    links: [],
    usesAliases: true,
    warn: () => undefined,
  });
}

describe("of the host", () => {
  test.each([
    ["mem_limit: 64m\ncpus: 1.5\npids_limit: 10", { Memory: 67108864, NanoCpus: 1_500_000_000, PidsLimit: 10 }],
    [
      "mem_limit: 64m\ndeploy: {resources: {limits: {memory: 64m, cpus: '0.5', pids: 5}, reservations: {memory: 32m}}}",
      {
        Memory: 67108864,
        MemoryReservation: 33554432,
        NanoCpus: 500_000_000,
        PidsLimit: 5,
      },
    ],
    ["restart: on-failure:3", { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 } }],
    ["deploy: {restart_policy: {condition: any}}", { RestartPolicy: { Name: "always" } }],
    ["deploy: {restart_policy: {condition: none}}", { RestartPolicy: { Name: "no" } }],
    [
      "ulimits: {nofile: 5, nproc: {soft: 1, hard: 2}}",
      {
        Ulimits: [
          { Name: "nofile", Soft: 5, Hard: 5 },
          { Name: "nproc", Soft: 1, Hard: 2 },
        ],
      },
    ],
    [
      "blkio_config: {weight: 9, device_read_bps: [{path: /dev/sda, rate: 1k}]}",
      {
        BlkioWeight: 9,
        BlkioDeviceReadBps: [{ Path: "/dev/sda", Rate: 1024 }],
      },
    ],
    [
      "devices: ['/dev/a:/dev/b:r', 'vendor.com/gpu=all']",
      {
        Devices: [{ PathOnHost: "/dev/a", PathInContainer: "/dev/b", CgroupPermissions: "r" }],
        DeviceRequests: [{ Driver: "cdi", DeviceIDs: ["vendor.com/gpu=all"] }],
      },
    ],
    ["gpus: all", { DeviceRequests: [{ Count: -1, Capabilities: [["gpu"]] }] }],
    [
      "ports: ['127.0.0.1:8080:80', '53:53/udp']",
      {
        PortBindings: {
          "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }],
          "53/udp": [{ HostIp: "", HostPort: "53" }],
        },
      },
    ],
    ["tmpfs: ['/run:size=1m', /tmp]", { Tmpfs: { "/run": "size=1m", "/tmp": "" } }],
    ["extra_hosts: ['a=::1']", { ExtraHosts: ["a:::1"] }],
    [
      "security_opt: ['systempaths=unconfined', no-new-privileges]",
      {
        SecurityOpt: ["no-new-privileges"],
        MaskedPaths: [],
        ReadonlyPaths: [],
      },
    ],
    ["logging: {driver: syslog, options: {tag: t}}", { LogConfig: { Type: "syslog", Config: { tag: "t" } } }],
    ["network_mode: host", { NetworkMode: "host" }],
    [
      "volumes: ['/a:/b:ro', 'data:/c', '/d']",
      {
        Binds: ["/a:/b:ro", "project_data:/c:rw"],
        Mounts: [{ Type: "volume", Target: "/d" }],
      },
    ],
    [
      "volumes: [{type: bind, source: /a, target: /b, bind: {create_host_path: false, propagation: rslave}}]",
      {
        Mounts: [
          { Type: "bind", Source: "/a", Target: "/b", BindOptions: { Propagation: "rslave", CreateMountpoint: false } },
        ],
      },
    ],
    [
      "volumes: [{type: volume, source: data, target: /b, volume: {subpath: s, nocopy: true}}]",
      {
        Mounts: [{ Type: "volume", Source: "project_data", VolumeOptions: { Subpath: "s", NoCopy: true } }],
      },
    ],
    [
      "volumes: [{type: image, source: i, target: /b, image: {subpath: s}}]",
      {
        Mounts: [{ Type: "image", Source: "i", ImageOptions: { Subpath: "s" } }],
      },
    ],
    [
      "volumes: [{type: tmpfs, target: /b, tmpfs: {size: 1m}}]",
      {
        Mounts: [{ Type: "tmpfs", TmpfsOptions: { SizeBytes: 1048576 } }],
      },
    ],
  ])("%s", async (attributes, wanted) => {
    expect((await request(attributes, "volumes: {data: }\n")).HostConfig).toMatchObject(wanted);
  });
});

describe("of the container", () => {
  test.each([
    ["command: [a, b]\nentrypoint: c", { Cmd: ["a", "b"], Entrypoint: ["c"] }],
    ["command: []", { Cmd: [] }],
    ["environment: [A=1, B]", { Env: ["A=1", "B"] }],
    ["stop_grace_period: 1m30s\nstop_signal: SIGINT", { StopTimeout: 90, StopSignal: "SIGINT" }],
    [
      "healthcheck: {test: 'true', interval: 1s, start_period: 2s, start_interval: 100ms, retries: 2}",
      {
        Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 1e9, StartPeriod: 2e9, StartInterval: 1e8, Retries: 2 },
      },
    ],
    ["healthcheck: {disable: true}", { Healthcheck: { Test: ["NONE"] } }],
    ["expose: ['80', '90-91/udp']", { ExposedPorts: { "80/tcp": {}, "90/udp": {}, "91/udp": {} } }],
    [
      "user: me\nworking_dir: /w\nhostname: h\ndomainname: d\ntty: true\nstdin_open: true",
      {
        User: "me",
        WorkingDir: "/w",
        Hostname: "h",
        Domainname: "d",
        Tty: true,
        OpenStdin: true,
      },
    ],
  ])("%s", async (attributes, wanted) => {
    expect(await request(attributes)).toMatchObject(wanted);
  });

  test("endpoints, the most important network first", async () => {
    const { HostConfig, NetworkingConfig } = await request(
      "mac_address: 02:00:00:00:00:01\nnetworks: {a: {ipv4_address: 10.0.0.5}, b: {priority: 9, aliases: [x], interface_name: eth9}}",
      "networks: {a: , b: }\n",
    );
    expect(HostConfig?.NetworkMode).toBe("project_b");
    expect(NetworkingConfig?.EndpointsConfig).toMatchObject({
      project_a: { Aliases: ["project-web-1", "web"], IPAMConfig: { IPv4Address: "10.0.0.5" } },
      project_b: {
        Aliases: ["project-web-1", "web", "x"],
        MacAddress: "02:00:00:00:00:01",
        DriverOpts: { "com.docker.network.endpoint.ifname": "eth9" },
      },
    });
  });

  test("the hash is Compose's own", async () => {
    // Computed from compose-go's JSON of the same service.
    const { Labels } = await request("ports: ['80:80']\nenvironment: {A: '<&>'}");
    expect(Labels?.["com.docker.compose.config-hash"]).toBe(HASH);
  });
});

const HASH = "8930a5017ebb28716cc92d2e33433e92cd37927cdf59e33e5301786ea75c3609";
