// Rows of volume lists.
import type { VolumeInspect } from "../../../api/volumes.ts";
import type { ListFormat, RowFields } from "../list-format.ts";
import { humanSize } from "../units.ts";
import { labelList } from "./containers.ts";

const NOT_KNOWN = "N/A";

const headers = {
  Name: "VOLUME NAME",
  Driver: "DRIVER",
  Scope: "SCOPE",
  Availability: "AVAILABILITY",
  Mountpoint: "MOUNTPOINT",
  Labels: "LABELS",
  Links: "LINKS",
  Size: "SIZE",
  Group: "GROUP",
  Status: "STATUS",
};

const raw = "name: {{.Name}}\ndriver: {{.Driver}}\n";

export function volumeRow(volume: VolumeInspect): RowFields {
  const usage = volume.UsageData;
  return {
    Name: () => volume.Name,
    Driver: () => volume.Driver,
    Scope: () => volume.Scope,
    Mountpoint: () => volume.Mountpoint,
    Labels: () => labelList(volume.Labels),
    Label: (name) => volume.Labels?.[String(name)] ?? "",
    Links: () => (usage ? String(usage.RefCount) : NOT_KNOWN),
    Size: () => (usage ? humanSize(usage.Size) : NOT_KNOWN),
    Group: () => NOT_KNOWN,
    Availability: () => NOT_KNOWN,
    Status: () => NOT_KNOWN,
  };
}

export const volumeList: ListFormat<VolumeInspect> = {
  typeName: "*formatter.volumeContext",
  columns: ["Driver", "Name"],
  headers,
  raw,
  rawQuiet: "name: {{.Name}}",
  quiet: "Name",
  row: volumeRow,
};

export const clusterVolumeList: ListFormat<VolumeInspect> = {
  ...volumeList,
  columns: ["Name", "Group", "Driver", "Availability", "Status"],
};
