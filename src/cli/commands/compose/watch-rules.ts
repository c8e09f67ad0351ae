// The rules of `develop.watch`: maps a changed file to the service it affects and the action to take.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { PatternMatcher, parseIgnoreFile } from "../../../api/pattern-matcher.ts";
import type { Project, Service } from "../../../compose/model/project.ts";
import type { Trigger } from "../../../compose/model/schema/build.ts";
import { CommandError } from "../../failure.ts";

export type WatchAction = "sync" | "rebuild" | "restart" | "sync+restart" | "sync+exec";

export interface WatchRule {
  service: Service;
  trigger: Trigger;
  action: WatchAction;
  /** Absolute, on the client. */
  path: string;
  /** Whether to copy all files before watching. */
  syncsAtStart: boolean;
  /** The file's path in the container, empty without a target; undefined when the rule ignores it. */
  targetOf(file: string): string | undefined;
}

const ACTIONS = ["sync", "rebuild", "restart", "sync+restart", "sync+exec"] as const;

/** Temporary files of editors, and the repository. */
const NEVER_WATCHED = [
  ".git/",
  ...["**/*___jb_old___", "**/*___jb_tmp___", "**/.idea/**"],
  ...["**/.#*", "**/#*#"],
  ...["**/4913", "**/*~", "**/.*.swp", "**/.*.swx", "**/.*.swo", "**/.*.swn"],
  "**/.*.kate-swp",
  "**/*-go-tmp-umask",
];

/** A pattern matches a file below the rule's path, or everything below a directory. */
function matcher(patterns: readonly string[]): (path: string) => boolean {
  // As in Compose, a list with "*" has only its exceptions: nothing could be watched otherwise.
  const matcher = new PatternMatcher(
    patterns.includes("*") ? patterns.filter((pattern) => pattern.startsWith("!")) : patterns,
  );
  return (path) => matcher.matches(path);
}

function contextIgnores({ build }: Service): (file: string) => boolean {
  const { context, dockerfile = "Dockerfile" } = build ?? {};
  if (context === undefined) return () => false;
  const lists = [join(context, `${dockerfile}.dockerignore`), join(context, ".dockerignore")];
  const list = lists.find((path) => existsSync(path));
  if (list === undefined) return () => false;
  const ignores = matcher(parseIgnoreFile(readFileSync(list, "utf8")));
  return (file) => {
    const path = relative(context, file);
    return path !== "" && !path.startsWith("..") && ignores(path);
  };
}

/** Actions whose paths must not be bind mounts, and that may copy all files at the start. */
const isPlainSync = (action: WatchAction): boolean => action === "sync" || action === "sync+restart";

function ruleOf(service: Service, trigger: Trigger): WatchRule {
  const { path = "", target, include = [], ignore = [] } = trigger;
  const action = ACTIONS.find((known) => known === trigger.action) ?? "rebuild";
  if (action === "rebuild" && !service.build) {
    throw new CommandError(`can't watch service "${service.name}" with action rebuild without a build context`);
  }
  const ignores = matcher([...NEVER_WATCHED, ...ignore.filter((pattern) => pattern !== "*")]);
  const includes = include.length === 0 ? () => true : matcher(include);
  const inContext = contextIgnores(service);
  return {
    service,
    trigger,
    action,
    path,
    syncsAtStart: isPlainSync(action) && trigger.initial_sync === true,
    targetOf(file) {
      const below = relative(path, file);
      if (below.startsWith("..")) return undefined;
      if (below !== "" && (ignores(below) || !includes(below))) return undefined;
      if (inContext(file)) return undefined;
      if (target === undefined || target === "") return "";
      return below === "" ? target : join(target, below);
    },
  };
}

/** Whether a bind mount already shows the file in the container. */
function isMounted(path: string, { volumes = [] }: Service): boolean {
  return volumes.some(
    ({ type, source }) => type === "bind" && source !== undefined && !relative(source, path).startsWith(".."),
  );
}

/** @throws CommandError when no service has a rule */
export function watchRules(project: Project, warn: (message: string) => void): WatchRule[] {
  const rules = [...project.services.values()].flatMap((service) =>
    (service.develop?.watch ?? []).flatMap((trigger) => {
      const rule = ruleOf(service, trigger);
      if (!isPlainSync(rule.action) || !isMounted(rule.path, service)) return [rule];
      warn(`path '${rule.path}' also declared by a bind mount volume, this path won't be monitored!`);
      return [];
    }),
  );
  if (rules.length > 0) return rules;
  throw new CommandError("none of the selected services is configured for watch, consider setting a 'develop' section");
}
