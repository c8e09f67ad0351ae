// Which files of /proc and /sys a container must not see or not write, unless it is privileged.

const PROCESSOR_THROTTLING = "/sys/devices/system/cpu";

/** Covered by an empty file or directory: they tell about the host, or let it be touched. */
export function defaultMaskedPaths(processors: readonly number[]): string[] {
  return [
    "/proc/asound",
    "/proc/acpi",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
    ...processors.map((number) => `${PROCESSOR_THROTTLING}/cpu${number}/thermal_throttle`),
  ];
}

export const DEFAULT_READONLY_PATHS: readonly string[] = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];
