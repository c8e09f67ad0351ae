// Creates and starts a container, also in place of another one.
import type { ContainerInspect, CreateContainerAnswer } from "../../../api/containers.ts";
import { act, removeContainer } from "../containers/actions.ts";
import { get, post } from "../engine/requests.ts";
import { notify } from "../parts/toast.tsx";
import { type RunSettings, requestOf } from "./line.ts";

/** @returns the ID of the started container */
export async function createAndStart(settings: RunSettings): Promise<string> {
  const id = await create(settings, settings.name);
  await act("start", id);
  return id;
}

/**
 * Replaces a container: the old one is removed when the new one runs, and comes back if that fails.
 * @returns the ID of the new container
 */
export async function replaceContainer(oldId: string, settings: RunSettings): Promise<string> {
  const old = await get<ContainerInspect>(`/containers/${oldId}/json`);
  const oldName = old.Name.replace(/^\//, "");
  const suffix = crypto.randomUUID().slice(0, 8);
  // Created first: wrong settings then change nothing.
  const id = await create(settings, `${oldName}-${suffix}`);
  const isActive = old.State.Running || old.State.Restarting;
  try {
    if (isActive) await act("stop", oldId);
    await rename(oldId, `${oldName}-old-${suffix}`);
    await rename(id, settings.name || oldName);
    await connectAs(id, old, settings);
    await act("start", id);
  } catch (thrown) {
    await removeContainer(id, { force: true, volumes: false }).catch(() => {});
    await rename(oldId, oldName).catch(() => {});
    if (isActive) await act("start", oldId).catch(() => {});
    throw thrown;
  }
  await removeContainer(oldId, { force: true, volumes: false });
  return id;
}

async function create(settings: RunSettings, name: string): Promise<string> {
  const query = name === "" ? {} : { name };
  const answer = await post<CreateContainerAnswer>("/containers/create", { query, json: requestOf(settings) });
  for (const warning of answer?.Warnings ?? []) notify("bad", warning);
  return answer?.Id ?? "";
}

const rename = (id: string, name: string): Promise<unknown> => post(`/containers/${id}/rename`, { query: { name } });

/** Connects the networks that the form has no field for, under the old names. */
async function connectAs(id: string, { NetworkSettings, Id }: ContainerInspect, settings: RunSettings): Promise<void> {
  const first = settings.network === "" ? "bridge" : settings.network;
  for (const [network, { Aliases }] of Object.entries(NetworkSettings.Networks)) {
    if (network === first || settings.network.startsWith("container:") || settings.network === "host") continue;
    const aliases = (Aliases ?? []).filter((alias) => !Id.startsWith(alias));
    await post(`/networks/${encodeURIComponent(network)}/connect`, {
      json: { Container: id, EndpointConfig: aliases.length === 0 ? {} : { Aliases: aliases } },
    });
  }
}
