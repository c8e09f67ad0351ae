// Docker's client struct of an inspected volume.
import { structType } from "../template/struct-type.ts";

const UsageData = structType("volume.UsageData", "RefCount:int Size:int");

export const volumeType = structType(
  "volume.Volume",
  "ClusterVolume:any CreatedAt Driver Labels:map[] Mountpoint Name Options:map[] Scope Status:map[]any UsageData:*UsageData",
  { UsageData },
);
