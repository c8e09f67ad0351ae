// Differences between Docker's current engine, which Berth follows, and Debian's of 2021.

const NEWER: readonly (readonly [RegExp, string])[] = [
  [/\bInvalid (filter|signal)\b/g, "invalid $1"],
  [/\bUnable to find group\b/g, "unable to find group"],
  [/\bRange of CPUs\b/g, "range of CPUs"],
  [/\bInvalid IPC mode\b/g, "invalid IPC mode"],
  [/\bInvalid isolation: "(\w+)" - linux/g, "invalid isolation ($1): linux"],
  [/\bContainer (<id>|\w+) is\b/g, "container $1 is"],
  [/\bCannot kill container:/g, "cannot kill container:"],
  [/\bYou cannot remove a running container \S+ Stop\b.*/g, "container is running"],
  [/\bcannot remove container "\w+": container is running: .*/g, "container is running"],
  [/\b(id <id> )?has active endpoints(?: \(.*\))?/g, "has active endpoints"],
  [/\bis not connected to network\b/g, "is not connected to the network"],
  [/\binvalid restart policy '(\w+)'/g, "invalid restart policy: unknown policy '$1'"],
  [/(unknown policy '\w+'); use one of .*/g, "$1"],
  [/\binvalid pool request: /g, ""],
  // The name of the OCI runtime, and containerd's "unknown".
  [/failed to create (?:task for container: failed to create )?shim task: /g, ""],
  [/\bOCI runtime create failed: /g, ""],
  [/runc create failed: /g, ""],
  [/: unknown$/gm, ""],
  [/\/tmp\/berth-test-\w+/g, "<directory>"],
  [/\bfailed to reach build target (\w+) in Dockerfile/g, 'target stage "$1" could not be found'],
  [/ \(did you mean \w+\?\)/g, ""],
  // Builds: Berth creates no container for configuration steps, and computes file digests differently.
  [/^ ---> Running in <short id>\n|^Removing intermediate container <short id>\n/gm, ""],
  [/(--chown=[\w:]+) ?(?=file:)/g, "$1 "],
  [/\b(file|dir|multi):[0-9a-f]+…?/g, "$1:<digest>"],
  [/\bdockerfile parse error (?=line)/g, "dockerfile parse error on "],
  [/failed to parse Dockerfile: (?=ENV|Syntax)/g, "dockerfile parse error on line 2: "],
  [/\bUnknown flag: (?=nonsense)/g, "unknown flag: --"],
  [/\bInvalid containerPort\b/g, "invalid containerPort"],
  [/repository name must be lowercase/g, "repository name (library/UPPER) must be lowercase"],
  // It runs in a separate network without external connectivity.
  [/ on [\d.]+:53: dial udp [\d.]+:53: connect: network is unreachable/g, ": no such host"],
];

/** The older engine's text with the newer one's wording; removes insignificant differences from both. */
export const newerWords = (text: string): string =>
  NEWER.reduce((result, [pattern, word]) => result.replace(pattern, word), text);

/** By line: why the answers differ. */
export const answeredOtherwise: Readonly<Record<string, string>> = {
  "run --rm busybox /etc": "says since 2022 that it is a directory",
  "run --rm --privileged busybox grep -E 'CapEff|Seccomp:' /proc/self/status":
    "runc fails where the host lacks a capability; Berth gives those that there are",
  "exec --privileged one grep CapEff /proc/self/status":
    "runc fails where the host lacks a capability; Berth gives those that there are",
  "build norun": "the newer one reads what RUN is to run before it builds",
  "build --security-opt nonsense network": "Docker's classic builder takes no security options",
  "run --rm --cpus 0.001 busybox true": "the kernel's minimum, which Berth checks before it makes anything",
  "run --rm --cpu-shares 1 busybox cat /sys/fs/cgroup/cpu/cpu.shares": "runc refuses what the kernel rounds up",
  "run --restart no:3 busybox true": "the newer sentence names the one policy that takes a number",
  "run --rm --log-driver nonsense busybox true": "log plugins are looked for; Berth lists the drivers it has",
  "run --rm --runtime nonsense busybox true": "the newer sentence",
  "run --rm --network container:nosuch busybox true": "the newer sentence says what was to be joined",
  "run --rm --dns 1.2.3.4 --dns-search s.example --dns-option ndots:3 busybox cat /etc/resolv.conf":
    "names work on Berth's default network too, by a resolver in front of these",
  "run --rm --mac-address 02:42:ac:11:00:99 busybox cat /sys/class/net/eth0/address": "not in the older API",
  "run --rm --ip 1.2.3.4 busybox true": "the newer sentence says which network",
  "exec one nosuch": "the older engine ended with 126",
  "exec -u nosuch one id": "the newer engine looks for the user when the exec is created",
  "exec -w /nosuch one pwd": "the older engine ended with 126",
  "kill -s NONSENSE two": "the newer sentence says what could not be done",
  "kill -s 99 two": "the newer sentence says what could not be done",
  "ps -f publish=x": "Go's own words for a number that is none",
  "network create --subnet nonsense n5": "the newer engine lists everything that is wrong with the addresses",
  "network connect --ip nonsense n2 one": "the newer engine reads the address before it looks at the network",
  'inspect -f \'{{(index .NetworkSettings.Networks "n4").Aliases}} {{(index .NetworkSettings.Networks "n4").IPAddress}}\' one':
    "the short id is no alias any more, but a DNS name",
  "network prune -f": "the order is none",
};
