// Changes the limits and the restart policy of a container, also while it runs.
import { useState } from "preact/hooks";
import type { UpdateContainerRequest } from "../../../api/container-requests.ts";
import type { ContainerInspect } from "../../../api/containers.ts";
import { parseSize } from "../../../api/sizes.ts";
import { post } from "../engine/requests.ts";
import { Dialog } from "../parts/dialog.tsx";
import { attempt, notify } from "../parts/toast.tsx";
import { texts } from "../texts/index.ts";

const policies = ["no", "always", "unless-stopped", "on-failure"] as const;
const MEBIBYTE = 1024 ** 2;

export function LimitsDialog({
  container: { Id, HostConfig },
  name,
  onClose,
}: {
  container: ContainerInspect;
  name: string;
  onClose(): void;
}) {
  const known = {
    memory: HostConfig.Memory ? `${HostConfig.Memory / MEBIBYTE}m` : "",
    cpus: HostConfig.NanoCpus ? String(HostConfig.NanoCpus / 1e9) : "",
    pids: (HostConfig.PidsLimit ?? 0) > 0 ? String(HostConfig.PidsLimit) : "",
    restart: HostConfig.RestartPolicy?.Name || "no",
  };
  const [wanted, setWanted] = useState(known);
  const { containers: words, run, stats } = texts.value;
  const field = (key: "memory" | "cpus" | "pids", title: string, placeholder: string) => (
    <label class="field">
      {title}
      <input
        value={wanted[key]}
        placeholder={placeholder}
        onInput={({ currentTarget }) => setWanted({ ...wanted, [key]: currentTarget.value.trim() })}
      />
    </label>
  );
  const apply = (): void => {
    onClose();
    void attempt(`${words.limits} ${name}`, async () => {
      const json = changeOf(known, wanted);
      await post(`/containers/${Id}/update`, { json });
      notify("good", words.limitsChanged(name));
    });
  };
  return (
    <Dialog title={`${words.limits}: ${name}`} action={words.apply} onClose={onClose} onAction={apply}>
      {field("memory", run.fields.memory, "512m")}
      {field("cpus", run.fields.cpus, "1.5")}
      {field("pids", stats.processes, "100")}
      <label class="field">
        {run.fields.restart}
        <select
          value={wanted.restart}
          onChange={({ currentTarget }) => setWanted({ ...wanted, restart: currentTarget.value })}
        >
          {policies.map((policy) => (
            <option key={policy}>{policy}</option>
          ))}
        </select>
      </label>
    </Dialog>
  );
}

type Limits = Record<"memory" | "cpus" | "pids" | "restart", string>;

/** Only what was changed: engines refuse to lower some limits to what they are. @throws Error for an invalid value */
function changeOf(known: Limits, wanted: Limits): UpdateContainerRequest {
  const isChanged = (key: keyof Limits): boolean => known[key] !== wanted[key];
  const memory = wanted.memory === "" ? 0 : parseSize(wanted.memory);
  const numberOf = (text: string): number => {
    const value = Number(text);
    if (Number.isNaN(value)) throw new Error(`invalid number "${text}"`);
    return value;
  };
  return {
    // The limit of swap includes memory, and must not be below it.
    ...(isChanged("memory") && { Memory: memory, MemorySwap: memory === 0 ? -1 : 2 * memory }),
    ...(isChanged("cpus") && { NanoCpus: Math.round(numberOf(wanted.cpus) * 1e9) }),
    ...(isChanged("pids") && { PidsLimit: wanted.pids === "" ? -1 : numberOf(wanted.pids) }),
    ...(isChanged("restart") && { RestartPolicy: { Name: wanted.restart, MaximumRetryCount: 0 } }),
  };
}
