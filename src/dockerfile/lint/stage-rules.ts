// Rules for a stage's instructions that depend on earlier instructions.
import type { StageInstruction } from "../dockerfile.ts";
import { suggestion } from "../suggestion.ts";
import { lintRules } from "./rules.ts";
import { describeDefinition, type LintSubject, type Report, variablesIn } from "./subject.ts";

const SECRET_NAME = /(?:_|^)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)(?:_|$)/i;
const HARMLESS_NAME = /(?:_|^)(?:public|file|version)(?:_|$)/i;
/** Instructions with variable expansion. */
const EXPANDED = ["env", "label", "copy", "add", "workdir", "expose", "volume", "user", "stopsignal", "arg"];
/** Predefined variables, known to every builder. */
const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/** State set by the instructions so far. */
export class StageFacts {
  readonly subject: LintSubject;
  /** Undefined for an unknown base image, which may define any variable. */
  readonly variables: Set<string> | undefined;
  hasShell: boolean;
  hasWorkdir: boolean;
  /** The last occurrence of each instruction that only takes effect once. */
  readonly last = new Map<string, StageInstruction>();

  constructor(subject: LintSubject, variables: Iterable<string> | undefined, base: StageFacts | undefined) {
    this.subject = subject;
    this.variables = variables && new Set([...variables, "PATH"]);
    this.hasShell = base?.hasShell ?? false;
    this.hasWorkdir = base?.hasWorkdir ?? false;
  }
}

/** Rules for a single instruction. */
export function lintAlone(instruction: StageInstruction, report: Report): void {
  if (instruction.name === "maintainer") {
    const detail = "Maintainer instruction is deprecated in favor of using label";
    report(lintRules.maintainerDeprecated, detail, instruction);
  }
  if (instruction.name !== "arg") return;
  const names = instruction.arguments.map(({ name }) => name);
  describeDefinition("ARG", names, instruction, report);
}

export function lintInstruction(facts: StageFacts, instruction: StageInstruction, report: Report): void {
  lintVariables(facts, instruction, report);
  const keyword = /^\S+/.exec(instruction.text)?.[0] ?? "";
  switch (instruction.name) {
    case "env":
    case "label":
      if (isLegacyPair(instruction.text)) {
        const detail = `"${keyword} key=value" should be used instead of legacy "${keyword} key value" format`;
        report(lintRules.legacyKeyValueFormat, detail, instruction);
      }
      if (instruction.name === "label") return;
      for (const [name] of instruction.pairs) {
        lintSecret(keyword, name, instruction, report);
        facts.variables?.add(name);
      }
      return;
    case "arg":
      for (const { name } of instruction.arguments) {
        lintSecret(keyword, name, instruction, report);
        facts.variables?.add(name);
      }
      return;
    case "cmd":
    case "entrypoint":
    case "healthcheck":
      if (instruction.name !== "healthcheck" && instruction.command.form === "shell" && !facts.hasShell) {
        const reason = "to prevent unintended behavior related to OS signals";
        report(lintRules.jsonArgsRecommended, `JSON arguments recommended for ${keyword} ${reason}`, instruction);
      }
      lintOnce(facts, instruction, keyword, report);
      return;
    case "shell":
      facts.hasShell = true;
      return;
    case "workdir":
      if (!facts.hasWorkdir && !/^[/$"']/.test(instruction.value)) {
        const consequence = "can have unexpected results if the base image changes";
        const detail = `Relative workdir ${JSON.stringify(instruction.value)} ${consequence}`;
        report(lintRules.workdirRelativePath, detail, instruction);
      }
      facts.hasWorkdir = true;
      return;
    case "copy":
    case "add": {
      const command = instruction.name === "copy" ? "Copy" : "Add";
      for (const source of instruction.from === "" ? instruction.sources : []) {
        if (source.includes("$") || source.includes("://") || !facts.subject.isIgnored(source)) continue;
        const detail = `Attempting to ${command} file ${JSON.stringify(source)} that is excluded by .dockerignore`;
        report(lintRules.copyIgnoredFile, detail, instruction);
      }
      return;
    }
    case "expose":
      for (const port of instruction.words) {
        const [address = "", protocol = ""] = port.split("/");
        if (protocol !== protocol.toLowerCase()) {
          const detail = `Defined protocol '${port}' in EXPOSE instruction should be lowercase`;
          report(lintRules.exposeProtoCasing, detail, instruction);
        }
        if (!address.includes(":")) continue;
        const detail = `EXPOSE instruction should not define an IP address or host-port mapping, found '${port}'`;
        report(lintRules.exposeInvalidFormat, detail, instruction);
      }
  }
}

function lintVariables({ variables }: StageFacts, instruction: StageInstruction, report: Report): void {
  if (variables === undefined || !EXPANDED.includes(instruction.name)) return;
  for (const name of new Set(variablesIn(instruction.text))) {
    if (variables.has(name) || PROXIES.includes(name.toUpperCase())) continue;
    const hint = suggestion(name, [...variables]);
    const detail = `Usage of undefined variable '$${name}'${hint === "" ? "" : ` (did you mean $${hint}?)`}`;
    report(lintRules.undefinedVar, detail, instruction);
  }
}

function lintSecret(keyword: string, name: string, instruction: StageInstruction, report: Report): void {
  if (!SECRET_NAME.test(name) || HARMLESS_NAME.test(name)) return;
  const words = `${keyword} ${JSON.stringify(name)}`;
  const detail = `Do not use ARG or ENV instructions for sensitive data (${words})`;
  report(lintRules.secretsUsedInArgOrEnv, detail, instruction);
}

/** Only the last one takes effect: warn about the previous one. */
function lintOnce({ last }: StageFacts, instruction: StageInstruction, keyword: string, report: Report): void {
  const before = last.get(instruction.name);
  if (before) {
    const reason = "because only the last one will be used";
    const detail = `Multiple ${keyword} instructions should not be used in the same stage ${reason}`;
    report(lintRules.multipleInstructionsDisallowed, detail, before);
  }
  last.set(instruction.name, instruction);
}

/** "ENV name value". */
const isLegacyPair = (text: string): boolean => /^\S+\s+[^\s=]+\s/.test(text);
