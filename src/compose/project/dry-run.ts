// An engine that answers queries and changes nothing, for `--dry-run`.
import type { Berth } from "../../client/index.ts";
import type { Engine } from "./engine.ts";

const nothing = async (): Promise<void> => undefined;

/** Objects created in a dry run are inspected as what they would be created from, or not found. */
export function dryRunEngine(berth: Berth): Engine {
  const { connection, containers, networks, volumes, images, execs, system } = berth;
  let made = 0;
  const id = (): string => `dryrun${String(++made).padStart(58, "0")}`;
  return {
    connection,
    containers: {
      list: (options) => containers.list(options),
      inspect: (container, options) => containers.inspect(container, options),
      logs: (container, options) => containers.logs(container, options),
      attach: (container, tty, options) => containers.attach(container, tty, options),
      create: async () => ({ Id: id(), Warnings: [] }),
      start: nothing,
      stop: nothing,
      restart: nothing,
      kill: nothing,
      pause: nothing,
      unpause: nothing,
      remove: nothing,
      rename: nothing,
      putArchive: nothing,
      wait: async () => ({ StatusCode: 0 }),
      waiting: async () => ({ result: Promise.resolve({ StatusCode: 0 }) }),
    },
    networks: {
      list: (filters) => networks.list(filters),
      inspect: (network, options) => networks.inspect(network, options),
      create: async () => ({ Id: id(), Warning: "" }),
      connect: nothing,
      disconnect: nothing,
      remove: nothing,
    },
    volumes: {
      list: (filters) => volumes.list(filters),
      inspect: (volume) => volumes.inspect(volume),
      create: async ({ Name = "", Driver = "local" } = {}) => ({
        Name,
        Driver,
        CreatedAt: "",
        Labels: null,
        Mountpoint: "",
        Options: null,
        Scope: "local",
      }),
      remove: nothing,
    },
    images: {
      inspect: (image, options) => images.inspect(image, options),
      list: (options) => images.list(options),
      remove: async () => [],
      prune: async () => ({ ImagesDeleted: null, SpaceReclaimed: 0 }),
    },
    execs: {
      create: (container, request) => execs.create(container, request),
      start: (exec, request) => execs.start(exec, request),
      inspect: (exec) => execs.inspect(exec),
    },
    system: { events: (options) => system.events(options), info: () => system.info() },
  };
}
