// `berth doctor`: checks the host as the daemon would, without a daemon, and prints a fix for each finding.
import { messageOf } from "../api/errors.ts";
import { examineThisHost, type HostReport } from "../engine/index.ts";
import { parseCommandLine } from "./configuration/flags.ts";
import { loadConfig } from "./configuration/load.ts";

const USAGE = `Usage:  berth doctor [OPTIONS]

Check what this machine lacks for the engine and how to fix it. The exit code is 1 if containers cannot run.

Options are those of 'berth daemon': what is checked is what an engine with them would need.
`;

/** Takes the daemon's flags. Returns the exit code: 0, or 1 if containers cannot run. */
export function runDoctor(argv: readonly string[]): number {
  try {
    const commandLine = parseCommandLine(argv);
    if (commandLine.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    const { engine } = loadConfig(commandLine);
    const reports = examineThisHost(engine);
    process.stdout.write(formatReports(reports));
    return reports.some(({ findings }) => findings.some(({ severity }) => severity === "error")) ? 1 : 0;
  } catch (thrown) {
    process.stderr.write(`berth doctor: ${messageOf(thrown)}\n`);
    return 1;
  }
}

export function formatReports(reports: readonly HostReport[]): string {
  const lines: string[] = [];
  for (const { topic, findings } of reports) {
    lines.push(`${topic.padEnd(16)}${findings.length === 0 ? "ok" : ""}`.trimEnd());
    for (const { severity, problem, consequence, fix } of findings) {
      lines.push(`  ${severity}: ${problem}`, `    impact: ${consequence}`, `    fix: ${fix}`);
    }
  }
  const all = reports.flatMap((report) => report.findings);
  const errors = all.filter(({ severity }) => severity === "error").length;
  lines.push("", `${counted(errors, "error")}, ${counted(all.length - errors, "warning")}`);
  return `${lines.join("\n")}\n`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
