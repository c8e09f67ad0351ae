// Control groups: layouts of hosts, and samples from the kernel's files.
import { expect, test } from "bun:test";
import { cgroupLayoutOf } from "../../../src/runtime/cgroups/layout.ts";
import { sample as sampleVersion1 } from "../../../src/runtime/cgroups/stats-v1.ts";
import { sample as sampleVersion2 } from "../../../src/runtime/cgroups/stats-v2.ts";
import { hardLimitsOf, kernelVersionOf, parseNumberList } from "../../../src/runtime/spec/host.ts";

const HYBRID = `22 1 0:20 / /sys/fs/cgroup rw - tmpfs tmpfs rw
23 22 0:21 / /sys/fs/cgroup/cpu,cpuacct rw shared:5 - cgroup cgroup rw,cpu,cpuacct
24 22 0:22 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
25 22 0:23 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
26 22 0:24 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`;

test("version 1 with a version 2 hierarchy (hybrid)", () => {
  const layout = cgroupLayoutOf(HYBRID, "");
  expect(layout).toEqual({
    version: 1,
    mounts: new Map([
      ["cpu", "/sys/fs/cgroup/cpu,cpuacct"],
      ["cpuacct", "/sys/fs/cgroup/cpu,cpuacct"],
      ["memory", "/sys/fs/cgroup/memory"],
    ]),
  });
});

test("version 2", () => {
  const layout = cgroupLayoutOf("22 1 0:20 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw", "cpu memory\n");
  expect(layout).toEqual({ version: 2, mount: "/sys/fs/cgroup", controllers: new Set(["cpu", "memory"]) });
});

const files1: Record<string, string> = {
  "pids/pids.current": "3\n",
  "pids/pids.max": "max\n",
  "cpuacct/cpuacct.usage": "1000\n",
  "cpuacct/cpuacct.usage_percpu": "400 600 \n",
  "cpuacct/cpuacct.stat": "user 2\nsystem 3\n",
  "cpu/cpu.stat": "nr_periods 4\nnr_throttled 5\nthrottled_time 6\n",
  "memory/memory.usage_in_bytes": "100\n",
  "memory/memory.max_usage_in_bytes": "200\n",
  "memory/memory.limit_in_bytes": "300\n",
  "memory/memory.failcnt": "7\n",
  "memory/memory.stat": "cache 8\ntotal_inactive_file 9\n",
  "blkio/blkio.throttle.io_service_bytes_recursive": "8:0 Read 10\n8:0 Write 11\nTotal 21\n",
};

test("a sample of version 1", () => {
  const sample = sampleVersion1((controller) => (file) => files1[`${controller}/${file}`] ?? "");
  expect(sample.pids).toEqual({ current: 3 });
  expect(sample.cpu).toEqual({
    total: 1000,
    perProcessor: [400, 600],
    kernel: 30_000_000,
    user: 20_000_000,
    throttling: { periods: 4, throttledPeriods: 5, throttledTime: 6 },
  });
  expect(sample.memory).toEqual({
    usage: 100,
    maxUsage: 200,
    limit: 300,
    failures: 7,
    counters: { cache: 8, total_inactive_file: 9 },
  });
  expect(sample.blockIo.bytes).toEqual([
    { major: 8, minor: 0, operation: "Read", value: 10 },
    { major: 8, minor: 0, operation: "Write", value: 11 },
  ]);
  expect(sample.blockIo.operations).toEqual([]);
});

const files2: Record<string, string> = {
  "pids.current": "3\n",
  "pids.max": "20\n",
  "cpu.stat": "usage_usec 5\nuser_usec 2\nsystem_usec 3\nnr_periods 4\nnr_throttled 1\nthrottled_usec 9\n",
  "memory.current": "100\n",
  "memory.max": "max\n",
  "memory.events": "low 0\noom 2\noom_kill 1\n",
  "memory.stat": "anon 8\ninactive_file 9\n",
  "io.stat": "8:0 rbytes=10 wbytes=11 rios=1 wios=2 dbytes=0 dios=0\n8:16 \n",
};

test("a sample of version 2", () => {
  const sample = sampleVersion2((file) => files2[file] ?? "");
  expect(sample.pids).toEqual({ current: 3, limit: 20 });
  expect(sample.cpu).toMatchObject({ total: 5000, kernel: 3000, user: 2000 });
  expect(sample.cpu.throttling).toEqual({ periods: 4, throttledPeriods: 1, throttledTime: 9000 });
  expect(sample.memory).toEqual({
    usage: 100,
    limit: undefined,
    failures: 2,
    counters: { anon: 8, inactive_file: 9 },
  });
  expect(sample.blockIo.bytes).toEqual([
    { major: 8, minor: 0, operation: "read", value: 10 },
    { major: 8, minor: 0, operation: "write", value: 11 },
    { major: 8, minor: 16, operation: "read", value: 0 },
    { major: 8, minor: 16, operation: "write", value: 0 },
  ]);
});

test.each<[string, number[] | undefined]>([
  ["0", [0]],
  ["0-2,5", [0, 1, 2, 5]],
  ["0-1\n", [0, 1]],
  ["2-1", undefined],
  ["", undefined],
  ["a", undefined],
  ["0-", undefined],
  ["0-999999999", undefined],
])("the list %j", (text, numbers) => {
  expect(parseNumberList(text)).toEqual(numbers);
});

test.each<[string, readonly [number, number]]>([
  ["6.18.44-fc-v669", [6, 18]],
  ["5.10.0-26-amd64", [5, 10]],
  ["4.18", [4, 18]],
])("kernel %s", (text, version) => {
  expect(kernelVersionOf(text)).toEqual(version);
});

test("hard limits", () => {
  const text =
    "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 20000                files     \nMax core file size        0                    unlimited            bytes     \n";
  expect(hardLimitsOf(text)).toEqual(
    new Map([
      ["RLIMIT_NOFILE", 20_000],
      ["RLIMIT_CORE", Number.POSITIVE_INFINITY],
    ]),
  );
});
