// The checks of a host: each thing that is missing has one message of its own, with what follows and the fix.
import { describe, expect, test } from "bun:test";
import { controlGroups, limitsSupport } from "../../../src/engine/host/control-groups.ts";
import { kernel, privileges } from "../../../src/engine/host/kernel.ts";
import { foreignDrops } from "../../../src/engine/host/network.ts";
import { programs } from "../../../src/engine/host/programs.ts";
import { storage } from "../../../src/engine/host/storage.ts";
import { cgroupLayoutOf } from "../../../src/runtime/cgroups/layout.ts";
import { type HostFacts, readHostFacts } from "../../../src/runtime/spec/host.ts";
import { toDaemonConfig } from "../../../src/server/configuration/load.ts";
import { formatReports } from "../../../src/server/doctor.ts";

const host = readHostFacts();
const config = toDaemonConfig({}).engine;
const problems = (findings: ({ problem: string } | undefined)[]) =>
  findings.filter((finding) => finding !== undefined).map(({ problem }) => problem);

describe("control groups", () => {
  const v1 = (...names: string[]): HostFacts => ({
    ...host,
    cgroup: {
      version: 1,
      mounts: new Map(names.map((name) => [name, `/sys/fs/cgroup/${name}`])),
    },
  });
  test.each<[HostFacts, string[]]>([
    [v1(), ["no cgroups are mounted"]],
    [v1("cpu", "cpuset", "memory", "pids", "devices", "freezer", "blkio"), []],
    [v1("cpu", "cpuset", "memory", "devices", "freezer", "blkio"), ["the cgroup controller pids is not available"]],
    [
      {
        ...host,
        cgroup: cgroupLayoutOf("1 2 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw", "cpuset cpu io memory pids"),
      },
      [],
    ],
    [
      { ...host, cgroup: cgroupLayoutOf("1 2 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw", "cpuset cpu io pids") },
      ["the cgroup controller memory is not available"],
    ],
  ])("case %#", (facts, expected) => {
    expect(problems(controlGroups(facts))).toEqual(expected);
  });

  test("swap", () => {
    expect(problems(limitsSupport({ ...host, swapLimit: false }))).toEqual(["No swap limit support"]);
    expect(problems(limitsSupport({ ...host, swapLimit: true }))).toEqual([]);
  });
});

test.each([
  [[5, 6], 0],
  [[6, 1], 0],
  [[5, 5], 1],
  [[4, 19], 1],
] as const)("kernel %j: %d problems", (version, count) => {
  expect(problems(kernel({ ...host, kernel: version }))).toHaveLength(count);
});

test("names each missing capability", () => {
  const found = problems(
    privileges({ ...host, capabilities: ["CAP_SYS_ADMIN", "CAP_MKNOD", "CAP_CHOWN"], mayRaiseLimits: false }),
  );
  expect(found).toContain("the engine lacks CAP_NET_ADMIN");
  expect(found).toContain("the engine lacks CAP_SYS_RESOURCE");
});

test("a missing runtime", () => {
  expect(problems(programs(host, { ...config, defaultRuntime: "no-such-runtime" }))).toContain(
    "no-such-runtime is not installed",
  );
});

test("a data root without support for writable layers", () => {
  expect(problems(storage(host, { ...config, dataRoot: "/proc" }))).toEqual([]);
});

test("other firewalls that drop forwarded packets", () => {
  const chains = `table ip filter {
	chain INPUT {
		type filter hook input priority filter; policy drop;
	}
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
	}
}
table inet berth {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
table inet firewalld {
	chain filter_FORWARD {
		type filter hook forward priority filter + 10; policy accept;
	}
}
`;
  const [finding, ...rest] = foreignDrops(chains, "berth0");
  expect(rest).toEqual([]);
  expect(finding?.problem).toBe("another firewall drops forwarded packets (table ip filter, chain FORWARD)");
  expect(finding?.fix).toContain('nft insert rule ip filter FORWARD iifname "berth0" accept');
});

test("the doctor's report", () => {
  const text = formatReports([
    { topic: "Kernel", findings: [] },
    {
      topic: "Programs",
      findings: [
        {
          severity: "error",
          problem: "crun is not installed",
          consequence: "nothing starts",
          fix: "apt-get install crun",
        },
      ],
    },
  ]);
  expect(text).toBe(`Kernel          ok
Programs
  error: crun is not installed
    impact: nothing starts
    fix: apt-get install crun

1 error, 0 warnings
`);
});
