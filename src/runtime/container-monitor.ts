// The monitor of a container: conmon is started with what it needs to know, and has the OCI runtime create the container when
// its config.json is there.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigPipe } from "./config-pipe.ts";
import { type MonitoredProcess, type MonitorOptions, startMonitor, type WaitingMonitor } from "./conmon.ts";

/** A monitor that waits for config.json. One of the two methods must be called, once. */
export interface ContainerMonitor {
  /**
   * Writes config.json, and resolves with the container's process, which waits for `start`.
   * @throws RuntimeError with the runtime's own message when the process could not be created
   */
  create(config: string): Promise<MonitoredProcess>;
  /** Ends it. */
  abandon(): Promise<void>;
}

/** Starts conmon, which loads while the caller prepares the container: only the bundle's directory must exist before. */
export function startContainerMonitor(options: Omit<MonitorOptions, "exec" | "runsAhead">): ContainerMonitor {
  const path = join(options.bundle, "config.json");
  if (options.runtime.readsConfigFromPipe) return startAhead(options, new ConfigPipe(path));
  const monitor = startMonitor(options);
  return {
    create: (config) => {
      writeFileSync(path, config, { mode: 0o600 });
      return monitor.create();
    },
    abandon: async () => monitor.abandon(),
  };
}

/** The runtime loads meanwhile, too. */
function startAhead(options: MonitorOptions, pipe: ConfigPipe): ContainerMonitor {
  const monitor = startedOr(() => pipe.close(), { ...options, runsAhead: true });
  const create = async (config: string): Promise<MonitoredProcess> => {
    const created = monitor.create();
    try {
      const [process] = await Promise.all([created, pipe.write(config)]);
      return process;
    } finally {
      pipe.close();
      // After a failed write the runtime fails, too, but must have ended before its bundle is removed.
      await created.catch(() => {});
    }
  };
  return {
    create,
    // The runtime refuses an empty file; then the monitor ends, too.
    abandon: () =>
      create("").then(
        ({ reports }) => reports.close(),
        () => {},
      ),
  };
}

function startedOr(undo: () => void, options: MonitorOptions): WaitingMonitor {
  try {
    return startMonitor(options);
  } catch (thrown) {
    undo();
    throw thrown;
  }
}
