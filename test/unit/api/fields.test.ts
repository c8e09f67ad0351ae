// Numbers of requests: what is stored must be readable by clients that are written in Go.
import { expect, test } from "bun:test";
import * as v from "valibot";
import { hostConfigSchema } from "../../../src/api/host-configuration.ts";

const accepts = (hostConfig: unknown): boolean => v.safeParse(hostConfigSchema, hostConfig).success;

test.each([
  [{ CpuQuota: 1e19 }],
  [{ CpuQuota: -1e19 }],
  [{ CpuQuota: 0.5 }],
  [{ BlkioWeight: -1 }],
  [{ BlkioWeight: 65_536 }],
  [{ BlkioWeightDevice: [{ Path: "/dev/x", Weight: 1e6 }] }],
  [{ BlkioDeviceReadBps: [{ Path: "/dev/x", Rate: -1 }] }],
  [{ Ulimits: [{ Name: "nofile", Soft: 0.5, Hard: 1 }] }],
  [{ ConsoleSize: [-1, 80] }],
])("%j does not fit Go's type and is refused", (hostConfig) => {
  expect(accepts(hostConfig)).toBe(false);
});

test.each([
  [{ CpuQuota: 2 ** 63 }, "9223372036854774784"],
  [{ CpuQuota: -(2 ** 63) }, "-9223372036854774784"],
])("%j is written as an integer of 64 bits", (hostConfig, largest) => {
  const { CpuQuota } = v.parse(hostConfigSchema, hostConfig);
  expect(BigInt(CpuQuota ?? 0)).toBe(BigInt(largest));
  const written = BigInt(JSON.stringify(CpuQuota));
  expect(BigInt.asIntN(64, written)).toBe(written);
});
