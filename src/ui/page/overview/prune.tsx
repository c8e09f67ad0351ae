// Prunes unused objects: Berth's engine previews what it would remove, and then removes exactly that.
import { useEffect, useState } from "preact/hooks";
import type { PrunePlan } from "../../../api/prune.ts";
import type { VersionAnswer } from "../../../api/system.ts";
import { get, post } from "../engine/requests.ts";
import { Dialog } from "../parts/dialog.tsx";
import { bytes, shortId } from "../parts/format.ts";
import { attempt, notify } from "../parts/toast.tsx";
import { texts } from "../texts/index.ts";

const kinds = ["containers", "images", "networks", "volumes", "build"] as const;
type Kind = (typeof kinds)[number];

type Plans = { state: "asking" } | { state: "planned"; plans: ReadonlyMap<Kind, PrunePlan> } | { state: "unplanned" };

export function PruneDialog({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const [plans, setPlans] = useState<Plans>({ state: "asking" });
  const [wanted, setWanted] = useState<ReadonlySet<Kind>>(new Set(kinds));
  const words = texts.value.prune;
  useEffect(() => {
    void attempt(words.title, async () => setPlans(await plan())).then((isPlanned) => {
      if (!isPlanned) onClose();
    });
  }, []);
  const apply = async (): Promise<void> => {
    onClose();
    for (const kind of kinds.filter((name) => wanted.has(name))) {
      const known = plans.state === "planned" ? plans.plans.get(kind) : undefined;
      if (plans.state === "planned" && (known?.Items.length ?? 0) === 0) continue;
      await attempt(`${words.title}: ${words.kinds[kind]}`, async () => {
        const query = known ? { plan: known.ID } : {};
        const answer = await post<{ SpaceReclaimed?: number }>(`/${kind}/prune`, { query });
        notify("good", words.freed(words.kinds[kind], bytes(answer?.SpaceReclaimed ?? 0)));
      });
    }
    onDone();
  };
  const isEmpty = plans.state === "planned" && [...plans.plans.values()].every(({ Items }) => Items.length === 0);
  return (
    <Dialog
      title={words.title}
      action={words.apply}
      danger
      disabled={plans.state === "asking" || isEmpty || wanted.size === 0}
      onAction={apply}
      onClose={onClose}
    >
      {plans.state === "asking" && <p class="quiet">{words.asking}</p>}
      {plans.state === "unplanned" && <p>{words.unplanned}</p>}
      {isEmpty && <p class="quiet">{words.nothing}</p>}
      {kinds.map((kind) => {
        const items = plans.state === "planned" ? (plans.plans.get(kind)?.Items ?? []) : [];
        if (plans.state === "asking" || (plans.state === "planned" && items.length === 0)) return null;
        return (
          <div key={kind}>
            <label class="check">
              <input
                type="checkbox"
                checked={wanted.has(kind)}
                onChange={() => setWanted(new Set(kinds.filter((name) => wanted.has(name) !== (name === kind))))}
              />
              <strong>{words.kinds[kind]}</strong>
              {items.length > 0 && (
                <span class="quiet">{`${items.length} · ${bytes(items.reduce((sum, { Size }) => sum + Size, 0))}`}</span>
              )}
            </label>
            <ul class="plan">
              {items.map(({ ID, Name, Size }) => (
                <li key={ID}>
                  <span>{Name || shortId(ID)}</span>
                  <span class="quiet">{bytes(Size)}</span>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </Dialog>
  );
}

/** Other engines would ignore `dryRun` and prune, so it is only sent to Berth's. */
async function plan(): Promise<Plans> {
  const { Platform } = await get<VersionAnswer>("/version");
  if (Platform.Name !== "Berth") return { state: "unplanned" };
  const plans = await Promise.all(
    kinds.map(async (kind): Promise<[Kind, PrunePlan]> => {
      const answer = await post<PrunePlan>(`/${kind}/prune`, { query: { dryRun: true } });
      return [kind, answer ?? { ID: "", Items: [] }];
    }),
  );
  return { state: "planned", plans: new Map(plans) };
}
