// npm run bench: runs the same workload on Berth, Docker and Podman (as installed) in alternating rounds.
// `npm run bench -- --rows exec,ps --engines berth,docker --rounds 5 --json result.json`
// `npm run bench -- --trace` prints where the time of a run goes in the daemon instead.
// Each run appends its ratios to history.jsonl. `npm run bench -- --compare` measures nothing: it compares the last run
// with the earlier ones on the same machine, and fails if something got worse by more than the noise.
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { busyboxArchive } from "../scripts/setup/busybox.ts";
import { prepareHost } from "../scripts/setup/host.ts";
import { note, StepError, say, script } from "../scripts/step.ts";
import type { BenchEngine } from "./engine.ts";
import { startBerth, startDocker } from "./engines/daemon.ts";
import { startPodman } from "./engines/podman.ts";
import { appendToHistory, comparison } from "./history.ts";
import { FLOOR, type RowResult, resultOf, summaryOf, tableOf } from "./report.ts";
import type { Row } from "./row.ts";
import { rows } from "./rows/index.ts";
import { tracedRuns } from "./trace.ts";

/** @param options further options of the daemon, which only Berth's takes */
type Start = (number: number, options: readonly string[]) => Promise<BenchEngine>;

const available: Record<string, { installed(): boolean; start: Start }> = {
  berth: { installed: () => true, start: startBerth },
  docker: { installed: () => Bun.which("dockerd") !== null && Bun.which("docker") !== null, start: startDocker },
  podman: { installed: () => Bun.which("podman") !== null, start: startPodman },
};

await script(async () => {
  const { values } = parseArgs({
    options: {
      rows: { type: "string" },
      engines: { type: "string" },
      rounds: { type: "string" },
      json: { type: "string" },
      compare: { type: "boolean" },
      trace: { type: "boolean" },
    },
  });
  if (values.compare) {
    const { lines, worse } = comparison();
    console.log(lines.join("\n"));
    if (worse > 0) throw new StepError(`${worse} got worse by more than the noise`);
    return;
  }
  const wanted = values.rows?.split(",");
  const chosen = rows.filter((row) => !wanted || wanted.some((word) => row.name.includes(word)));
  const asked = values.trace ? "berth" : values.engines;
  const names = (asked?.split(",") ?? Object.keys(available)).filter((name) => available[name]?.installed());
  if (names.includes("berth")) await prepareHost();

  const engines: BenchEngine[] = [];
  const results: RowResult[] = [];
  try {
    await startEngines(names, engines, values.trace ? ["--debug"] : []);
    if (values.trace) {
      for (const engine of engines) console.log((await tracedRuns(engine)).join("\n"));
      return;
    }
    const title = engines.map((engine) => `${engine.name} ${engine.version}`).join(", ");
    for (const row of chosen) {
      const rounds = values.rounds === undefined ? row.rounds : Number(values.rounds);
      say(row.name);
      const result = await measureRow(row, engines, rounds);
      results.push(result);
      note(summaryOf(result));
      // After each row, so that an interrupted run keeps its measurements.
      if (values.json) writeFileSync(values.json, `${JSON.stringify({ engines: title, results }, null, 2)}\n`);
    }
    // Before stopping the engines, which may take as long as the measurements.
    console.log(`\n${title}\n\n${tableOf(results, names)}`);
    await appendToHistory(results);
  } finally {
    for (const engine of engines) await engine.dispose();
  }
});

async function startEngines(names: string[], engines: BenchEngine[], options: readonly string[]): Promise<void> {
  const archive = join(tmpdir(), `berth-bench-${process.pid}.tar`);
  writeFileSync(archive, await busyboxArchive());
  try {
    for (const name of names) {
      say(`setting ${name} up`);
      const engine = await available[name]?.start(engines.length + 1, options);
      if (!engine) continue;
      engines.push(engine);
      engine.importBusybox(archive);
    }
  } finally {
    rmSync(archive);
  }
}

/** A participant of a row: an engine, or the bare work to compare Berth with. */
interface Entrant {
  name: string;
  engine: BenchEngine;
  work: Pick<Row, "prepare" | "measure" | "cleanup">;
}

function entrantsOf(row: Row, engines: BenchEngine[]): Entrant[] {
  if (row.floor === undefined) return engines.map((engine) => ({ name: engine.name, engine, work: row }));
  const [berth] = engines.filter(({ name }) => name === "berth");
  if (berth === undefined) return [];
  return [
    { name: berth.name, engine: berth, work: row },
    { name: FLOOR, engine: berth, work: row.floor },
  ];
}

/** One warm-up round, then the measured ones; the order of the entrants rotates. */
async function measureRow(row: Row, engines: BenchEngine[], rounds: number): Promise<RowResult> {
  const entrants = entrantsOf(row, engines);
  const samples: Record<string, number[]> = Object.fromEntries(entrants.map(({ name }) => [name, []]));
  const failures: Record<string, string> = {};
  const attempt = async (name: string, work: () => Promise<void>) => {
    if (failures[name] !== undefined) return;
    try {
      await work();
    } catch (thrown) {
      failures[name] = thrown instanceof Error ? thrown.message : String(thrown);
      samples[name] = [];
      note(`${name}: ${failures[name]}`);
    }
  };
  for (const { name, engine, work } of entrants) await attempt(name, async () => work.prepare?.(engine));
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < entrants.length; turn++) {
      const entrant = entrants[(round + turn) % entrants.length];
      if (!entrant) continue;
      const { name, engine, work } = entrant;
      await attempt(name, async () => {
        const value = await work.measure(engine, round);
        if (round > 0) samples[name]?.push(value);
      });
    }
  }
  for (const { name, engine, work } of entrants) await attempt(name, async () => work.cleanup?.(engine));
  return resultOf(row, samples, failures);
}
