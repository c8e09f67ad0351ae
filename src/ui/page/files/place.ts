// Where the browsed files are: in a container, or in a volume, which the engine exposes only through a container.
import type { CreateContainerRequest } from "../../../api/container-requests.ts";
import type { ContainerSummary, CreateContainerAnswer } from "../../../api/containers.ts";
import type { ImageSummary } from "../../../api/images.ts";
import { removeContainer } from "../containers/actions.ts";
import { get, post, session } from "../engine/requests.ts";
import { texts } from "../texts/index.ts";

export interface FilePlace {
  /** Unique per place. */
  key: string;
  /** Prefix of the files in the container: "" for the whole container. */
  root: string;
  /** Whether the container remains after `use`, so that the browser can download from it. */
  isLasting: boolean;
  /** Runs `work` with a container that has the files. */
  use<T>(work: (container: string) => Promise<T>): Promise<T>;
}

export const containerPlace = (id: string): FilePlace => ({
  key: id,
  root: "",
  isLasting: true,
  use: (work) => work(id),
});

const HELPER_LABEL = "berth.ui.volume";
const MOUNT_POINT = "/volume";

/** A volume through a container that mounts it, or through a temporary container for each request. */
export function volumePlace(volume: string, containers: readonly ContainerSummary[]): FilePlace {
  for (const { Id, Mounts, Labels } of containers) {
    const mount = Mounts.find(({ Name }) => Name === volume);
    if (!mount || HELPER_LABEL in Labels) continue;
    return { key: `${volume} ${Id}`, root: mount.Destination, isLasting: true, use: (work) => work(Id) };
  }
  return {
    key: volume,
    root: MOUNT_POINT,
    isLasting: false,
    use: async (work) => {
      const id = await createHelper(volume);
      try {
        return await work(id);
      } finally {
        await removeContainer(id, { force: true, volumes: true }).catch(() => {});
      }
    },
  };
}

/** A container that is never started. Any image works: it uses the smallest one. */
async function createHelper(volume: string): Promise<string> {
  if (session.value?.readOnly) throw new Error(texts.value.volumes.readOnly);
  const [image] = (await get<ImageSummary[]>("/images/json")).sort((one, other) => one.Size - other.Size);
  if (!image) throw new Error(texts.value.volumes.noImage);
  const json: CreateContainerRequest = {
    Image: image.Id,
    Cmd: ["true"],
    Labels: { [HELPER_LABEL]: volume },
    HostConfig: { Binds: [`${volume}:${MOUNT_POINT}:nocopy`], NetworkMode: "none" },
  };
  const query = { name: `berth-ui-${crypto.randomUUID()}` };
  const answer = await post<CreateContainerAnswer>("/containers/create", { query, json });
  return answer?.Id ?? "";
}
