// Looks up the names of the engine's objects, and of contexts, for completion. A slow engine yields no candidates.
import type { ContainerSummary } from "../../api/containers.ts";
import type { Session } from "../session.ts";
import type { NameKind } from "./kinds.ts";
import type { Candidate } from "./line.ts";

/** Time limit in ms: longer would be useless for completion. */
const DEADLINE_MILLISECONDS = 2000;

type Source = (session: Session) => Promise<Candidate[]>;

function containerCandidate({ Names, Image, Status }: ContainerSummary): Candidate[] {
  const name = Names.map((text) => text.slice(1)).find((text) => !text.includes("/"));
  return name === undefined ? [] : [{ text: name, description: `${Image}, ${Status}` }];
}

function containersThat(accepts: (state: string) => boolean): Source {
  return async (session) => {
    const berth = await session.berth();
    const containers = await berth.containers.list({ all: true });
    return containers.filter(({ State }) => accepts(State)).flatMap(containerCandidate);
  };
}

const RUNNING = ["running", "paused", "restarting"];

const sources: Readonly<Record<NameKind, Source>> = {
  containers: containersThat(() => true),
  runningContainers: containersThat((state) => RUNNING.includes(state)),
  stoppedContainers: containersThat((state) => !RUNNING.includes(state)),
  async images(session) {
    const berth = await session.berth();
    const images = await berth.images.list();
    const names = images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => !name.includes("<none>"));
    return names.map((text) => ({ text, description: "" }));
  },
  async networks(session) {
    const berth = await session.berth();
    const networks = await berth.networks.list();
    return networks.map(({ Name, Driver }) => ({ text: Name, description: Driver }));
  },
  async volumes(session) {
    const berth = await session.berth();
    const { Volumes } = await berth.volumes.list();
    return (Volumes ?? []).map(({ Name, Driver }) => ({ text: Name, description: Driver }));
  },
  async composeProjects(session) {
    const { label } = await import("../../compose/project/labels.ts");
    const berth = await session.berth();
    const containers = await berth.containers.list({ all: true, filters: { label: [label.project] } });
    const names = new Set(containers.flatMap(({ Labels }) => Labels[label.project] ?? []));
    return [...names].sort().map((text) => ({ text, description: "" }));
  },
  async contexts(session) {
    const { ContextStore, DEFAULT_CONTEXT } = await import("../config/context-store.ts");
    const contexts = new ContextStore(session.options.config).list();
    return [
      { text: DEFAULT_CONTEXT, description: "" },
      ...contexts.map(({ Name, Metadata }) => ({ text: Name, description: Metadata.Description ?? "" })),
    ];
  },
};

/** Returns an empty list when the engine cannot be reached. */
export async function liveNames(session: Session, of: NameKind): Promise<Candidate[]> {
  const late = Bun.sleep(DEADLINE_MILLISECONDS).then((): Candidate[] => []);
  return Promise.race([sources[of](session), late]).catch(() => []);
}
