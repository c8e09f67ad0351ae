// Masked and read-only paths of /proc and /sys in unprivileged containers.

const PROCESSOR_THROTTLING = "/sys/devices/system/cpu";

/** Hidden by an empty file or directory: they expose the host or allow changes to it. */
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
