// Differences between API versions for `info` and `system df`: fields that were removed since, and fields that older
// clients do not know. Source: moby's docs/api/version-history.md and api/server/router/system.
import type { DiskUsageAnswer, InfoAnswer } from "../../api/system.ts";
import type { ApiVersion } from "../exchange.ts";

interface VersionChange {
  /** The minor version with the change; the row applies to older ones. */
  since: number;
  info?(answer: InfoAnswer): void;
  usage?(answer: DiskUsageAnswer): void;
}

const changes: readonly VersionChange[] = [
  {
    // "name=seccomp,profile=builtin" was "seccomp".
    since: 25,
    info: (answer) => {
      answer.SecurityOptions = answer.SecurityOptions.map((option) => option.replace(/^name=([^,]*).*$/, "$1"));
    },
  },
  {
    since: 42,
    usage: (answer) => {
      answer.BuilderSize = 0;
    },
  },
  {
    since: 44,
    usage: ({ Images }) => {
      for (const image of Images ?? []) image.VirtualSize = image.Size;
    },
  },
  {
    since: 47,
    info: ({ RegistryConfig }) => {
      RegistryConfig.AllowNondistributableArtifactsCIDRs = null;
      RegistryConfig.AllowNondistributableArtifactsHostnames = null;
    },
  },
  {
    since: 49,
    info: (answer) => {
      delete answer.FirewallBackend;
      for (const commit of ["ContainerdCommit", "RuncCommit", "InitCommit"] as const) {
        answer[commit] = { ...answer[commit], Expected: answer[commit].ID };
      }
    },
  },
  {
    since: 50,
    info: (answer) => {
      answer.BridgeNfIptables = false;
      answer.BridgeNfIp6tables = false;
    },
  },
];

const changesAfter = ({ minor }: ApiVersion): VersionChange[] => changes.filter(({ since }) => minor < since);

export function infoAnswerFor(version: ApiVersion, answer: InfoAnswer): InfoAnswer {
  for (const { info } of changesAfter(version)) info?.(answer);
  return answer;
}

export function diskUsageAnswerFor(version: ApiVersion, answer: DiskUsageAnswer): DiskUsageAnswer {
  for (const { usage } of changesAfter(version)) usage?.(answer);
  return answer;
}
