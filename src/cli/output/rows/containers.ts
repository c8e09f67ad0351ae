// Rows of container lists.
import type { ContainerSummary } from "../../../api/containers.ts";
import type { ListFormat, RowFields } from "../list-format.ts";
import { ellipsis, goTime, humanSize, shortId, timeAgo } from "../units.ts";
import { briefPorts, displayedPorts } from "./ports.ts";

const COMMAND_WIDTH = 20;
const MOUNT_WIDTH = 15;

const headers = {
  ID: "CONTAINER ID",
  Names: "NAMES",
  Image: "IMAGE",
  Command: "COMMAND",
  CreatedAt: "CREATED AT",
  RunningFor: "CREATED",
  Platform: "PLATFORM",
  Ports: "PORTS",
  State: "STATE",
  Status: "STATUS",
  Size: "SIZE",
  Labels: "LABELS",
  Mounts: "MOUNTS",
  LocalVolumes: "LOCAL VOLUMES",
  Networks: "NETWORKS",
};

const raw = `container_id: {{.ID}}
image: {{.Image}}
command: {{.Command}}
created_at: {{.CreatedAt}}
state: {{- pad .State 1 0}}
status: {{- pad .Status 1 0}}
names: {{.Names}}
labels: {{- pad .Labels 1 0}}
ports: {{- pad .Ports 1 0}}
`;

/** "a=b,c=d", sorted by key. */
export function labelList(labels: Readonly<Record<string, string>> | null | undefined): string {
  return Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(",");
}

/** An approximation of Go's strconv.Quote, sufficient for command lines. */
function quotedCommand(command: string): string {
  return JSON.stringify(command);
}

/** Names without the leading slash; truncated lists omit names that come from links. */
function names(container: ContainerSummary, short: boolean): string {
  const plain = container.Names.map((name) => (name.startsWith("/") ? name.slice(1) : name));
  const own = plain.find((name) => !name.includes("/"));
  return short && own !== undefined ? own : plain.join(",");
}

/** The image reference; truncated lists omit its digest, and show the short ID of an untagged image. */
function image({ Image, ImageID }: ContainerSummary, short: boolean): string {
  if (Image === "") return "<no image>";
  if (!short) return Image;
  if (shortId(ImageID) === shortId(Image)) return shortId(ImageID);
  if (!Image.includes("@")) return Image;
  return /^[^@]*:[^/@]*@/.test(Image) ? Image.replace(/@.*$/, "") : Image;
}

function size({ SizeRw = 0, SizeRootFs = 0 }: ContainerSummary): string {
  const own = humanSize(SizeRw, 3);
  return SizeRootFs > 0 ? `${own} (virtual ${humanSize(SizeRootFs, 3)})` : own;
}

function mounts({ Mounts }: ContainerSummary, short: boolean): string {
  const shown = Mounts.map(({ Name, Source }) => Name || Source);
  return shown.map((name) => (short ? ellipsis(name, MOUNT_WIDTH) : name)).join(",");
}

export function containerRow(container: ContainerSummary, short: boolean): RowFields {
  return {
    ID: () => (short ? shortId(container.Id) : container.Id),
    Names: () => names(container, short),
    Image: () => image(container, short),
    Command: () => quotedCommand(short ? ellipsis(container.Command, COMMAND_WIDTH) : container.Command),
    CreatedAt: () => goTime(container.Created),
    RunningFor: () => timeAgo(container.Created * 1000),
    Platform: () => null,
    Ports: () => displayedPorts(container.Ports),
    State: () => container.State,
    Status: () => container.Status,
    Size: () => size(container),
    Labels: () => labelList(container.Labels),
    Label: (name) => container.Labels[String(name)] ?? "",
    Mounts: () => mounts(container, short),
    LocalVolumes: () => String(container.Mounts.filter(({ Driver }) => Driver === "local").length),
    Networks: () =>
      Object.keys(container.NetworkSettings?.Networks ?? {})
        .sort()
        .join(","),
  };
}

export function containerList(options: { short: boolean; size: boolean }): ListFormat<ContainerSummary> {
  return {
    typeName: "*formatter.ContainerContext",
    columns: ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names", ...(options.size ? ["Size"] : [])],
    headers,
    raw: options.size ? `${raw}size: {{.Size}}\n` : raw,
    rawQuiet: "container_id: {{.ID}}",
    quiet: "ID",
    row: (container) => containerRow(container, options.short),
    narrow: {
      optional: ["Command", "RunningFor", "Image"],
      row: (container) => ({ Ports: () => briefPorts(container.Ports) }),
    },
  };
}
