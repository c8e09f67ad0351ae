#!/usr/bin/env bun
// The one executable: `berth daemon` is the engine, `berth doctor` its checks of the host, everything else the client
// (and the engine's internal workers). Each is loaded only when it runs.

async function main(): Promise<void> {
  const [, , first] = process.argv;
  if (first === "daemon") {
    const { runDaemon } = await import("./server/daemon.ts");
    await runDaemon(process.argv.slice(3));
    return;
  }
  if (first === "doctor") {
    const { runDoctor } = await import("./server/doctor.ts");
    process.exitCode = runDoctor(process.argv.slice(3));
    return;
  }
  if (first === "storage-worker") {
    const { runStorageWorker } = await import("./storage/worker/main.ts");
    process.exitCode = await runStorageWorker(process.argv[3] ?? "");
    return;
  }
  if (first === "files-worker") {
    const { runFilesWorker } = await import("./storage/files/main.ts");
    process.exitCode = await runFilesWorker(process.argv[3] ?? "");
    return;
  }
  if (first === "build-worker") {
    const { runBuildWorker } = await import("./storage/build/main.ts");
    process.exitCode = await runBuildWorker(process.argv[3] ?? "");
    return;
  }
  const { runClient } = await import("./cli/main.ts");
  // Ended outright: what is still read from standard input or the engine must not keep it alive.
  process.exit(await runClient(process.argv.slice(2)));
}

void main();
