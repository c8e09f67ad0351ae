// The daemon: configuration, locks, the engine, its listeners, and shutdown on a signal.
import { readFileSync } from "node:fs";
import { BerthError, messageOf } from "../api/errors.ts";
import type { Log } from "../api/log.ts";
import { PRODUCT, VERSION } from "../api/product.ts";
import { Engine, findingLine } from "../engine/index.ts";
import { BuildKitListener } from "./buildkit-listener.ts";
import { type CommandLine, parseCommandLine, usage } from "./configuration/flags.ts";
import { type DaemonConfig, loadConfig } from "./configuration/load.ts";
import { reloadConfig } from "./configuration/reload.ts";
import { lockBridge, lockDataRoot, lockExecRoot, writePidFile } from "./daemon-lock.ts";
import { DEFAULT_TIMEOUTS } from "./http/connection.ts";
import { HttpServer } from "./http/server.ts";
import { releaseMemoryWhenIdle } from "./idle-memory.ts";
import { DaemonLog, logFormats } from "./log.ts";
import { Router } from "./router.ts";
import { buildkitLoader } from "./routes/buildkit.ts";
import { allRoutes } from "./routes/index.ts";
import { scopedSocketRoutes } from "./routes/scoped-sockets.ts";
import { ScopedListeners } from "./scoped-listeners.ts";
import { ServiceManager } from "./service-manager.ts";
import { listen, prepareListening } from "./sockets.ts";
import { tlsOptions } from "./tls.ts";
import { formatApiVersion, LATEST_API_VERSION } from "./versions.ts";

/** Runs until a signal. An error in the configuration is printed to stderr; the exit code is then 1. */
export async function runDaemon(argv: readonly string[]): Promise<void> {
  try {
    const commandLine = parseCommandLine(argv);
    if (commandLine.help) {
      process.stdout.write(usage());
      return;
    }
    const config = loadConfig(commandLine);
    if (commandLine.validate) {
      process.stdout.write("configuration OK\n");
      return;
    }
    await start(commandLine, config);
  } catch (thrown) {
    process.stderr.write(`berth daemon: ${messageOf(thrown)}\n`);
    if (thrown instanceof Error && !(thrown instanceof BerthError)) process.stderr.write(`${thrown.stack}\n`);
    process.exit(1);
  }
}

async function start(commandLine: CommandLine, config: DaemonConfig): Promise<void> {
  const log = new DaemonLog(config.logLevel, undefined, logFormats[config.logFormat]);
  logUncaughtErrors(log);
  process.umask(0o022);
  const { dataRoot, execRoot, bridge } = config.engine;
  const unlock = lockDataRoot(dataRoot);
  const unlockExecRoot = lockExecRoot({ dataRoot, execRoot });
  const listening = await prepareListening(config, log);
  const unlockBridge = lockBridge(bridge, { dataRoot, execRoot });
  const serviceManager = new ServiceManager(log);
  const removePidFile = writePidFile(config.pidFile);
  log.info(`starting ${PRODUCT}`, { version: VERSION, dataRoot: config.engine.dataRoot, pid: process.pid });

  const engine = new Engine(config.engine, log);
  await engine.start();
  for (const finding of engine.system.findings) {
    if (finding.severity === "error") log.error(findingLine(finding));
    else log.warn(findingLine(finding));
  }

  const service = {
    // Clients of Berth connect before they know the whole request.
    connected: () => engine.containers.expectStart(),
    commonFields: {
      "Api-Version": formatApiVersion(LATEST_API_VERSION),
      "Docker-Experimental": "false",
      Ostype: "linux",
      // Clients look for "Docker/… (linux)" to learn the engine's operating system.
      Server: `Docker/${VERSION} (linux)`,
    },
    log,
    timeouts: DEFAULT_TIMEOUTS,
  };
  const buildkit = buildkitLoader(engine);
  const routes = allRoutes(engine, buildkit);
  const { sockets, containers } = engine;
  const scoped = new ScopedListeners({ sockets, routes, containers, service, log });
  const router = new Router([...routes, ...scopedSocketRoutes(scoped)], log);
  const maxConnections = Math.max(MIN_CONNECTIONS, Math.floor(openFilesLimit() / 2));
  const server = new HttpServer({ ...service, respond: (request) => router.respond(request) }, maxConnections);
  const removeSockets = await listen(server, listening, log);
  const buildkitListener = new BuildKitListener(buildkit, log);
  if (config.buildkitSocket !== undefined) {
    await buildkitListener.listen(config.buildkitSocket, listening.groupId);
    log.info("listening", { host: `unix://${config.buildkitSocket}`, protocol: "buildkit" });
  }
  await scoped.restore();
  log.info("ready");
  serviceManager.tell("READY=1");
  void engine.completeStart();
  const stopReleasingMemory = releaseMemoryWhenIdle();

  const renewCertificates = () => {
    if (config.tls.enabled) server.renewCertificates(tlsOptions(config.tls));
  };
  onSignals(log, {
    reload: () => reloadConfig({ commandLine, running: config, log, events: engine.events, renewCertificates }),
    stop: async () => {
      serviceManager.tell("STOPPING=1");
      stopReleasingMemory();
      await Promise.all([server.stop(), scoped.stop()]);
      buildkitListener.stop();
      removeSockets();
      await engine.stop();
      removePidFile();
      unlockBridge();
      unlockExecRoot();
      unlock();
    },
  });
}

const MIN_CONNECTIONS = 64;

/** The open files limit of this process. */
function openFilesLimit(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? 1024);
}

/** A bug in one request must not end the daemon. */
function logUncaughtErrors(log: Log): void {
  process.on("uncaughtException", (error) => log.error("uncaught exception", { error }));
  process.on("unhandledRejection", (error) => log.error("unhandled rejection", { error }));
  process.stderr.on("error", () => {});
  process.stdout.on("error", () => {});
}

function onSignals(log: Log, actions: { reload(): void; stop(): Promise<void> }): void {
  process.on("SIGHUP", actions.reload);
  let asked = 0;
  const stop = async (signal: string) => {
    asked++;
    if (asked === 3) {
      log.warn("third signal received, forcing exit");
      process.exit(1);
    }
    if (asked > 1) return;
    log.info("shutting down, containers keep running", { signal });
    try {
      await actions.stop();
      process.exit(0);
    } catch (thrown) {
      log.error("shutdown failed", { error: thrown });
      process.exit(1);
    }
  };
  process.on("SIGTERM", () => void stop("SIGTERM"));
  process.on("SIGINT", () => void stop("SIGINT"));
}
