// Whose leftovers count while another engine is running.
import { expect, test } from "bun:test";
import { leaked, type MachineState } from "../../support/leaks.ts";

const nothing: MachineState = {
  mounts: new Map(),
  namespaces: new Map(),
  interfaces: new Map(),
  firewall: new Map(),
  processes: new Map(),
  cgroups: new Map(),
};
const run = { directory: "/tmp/bt-abcdef", pid: 123 };
const names = (...entries: string[]) => new Map(entries.map((entry) => [entry, entry]));

test("while another engine runs only what carries the run's mark is a leak", async () => {
  const engine = Bun.spawn(["sh", "-c", "read line", "berth", "daemon"], { stdin: "pipe" });
  try {
    const after: MachineState = {
      mounts: names("/tmp/bt-abcdef/berth-test-1/data/x", "/tmp/bt-zzzzzz/berth-test-2/data/x"),
      namespaces: names("bm123n4 (id: 0)", "bm1234n4 (id: 1)"),
      interfaces: names("bt123n1", "bt4123n1", "br-0123456789ab"),
      firewall: names("table inet berth_bt123n1", "table inet berth_bld0"),
      processes: new Map([
        ["7 conmon", "conmon\nTMPDIR=/tmp/bt-abcdef\n"],
        ["8 conmon", "conmon\nTMPDIR=/tmp/bt-zzzzzz\n"],
      ]),
      cgroups: names("/sys/fs/cgroup/berth/0123"),
    };
    expect(leaked(nothing, after, run)).toEqual([
      "mounts: /tmp/bt-abcdef/berth-test-1/data/x",
      "namespaces: bm123n4 (id: 0)",
      "interfaces: bt123n1",
      "firewall: table inet berth_bt123n1",
      "processes: 7 conmon",
    ]);
  } finally {
    engine.kill("SIGKILL");
    await engine.exited;
  }
});

test("what existed before is no leak", () => {
  const before: MachineState = { ...nothing, interfaces: names("bt123n1") };
  expect(leaked(before, { ...before, namespaces: names("bm123n4") }, run)).toEqual(["namespaces: bm123n4"]);
});
