// The structure of an inspected volume in Docker's client.
import { shapeOf } from "../template/shape.ts";

const UsageData = shapeOf("volume.UsageData", "RefCount:int Size:int");

export const volumeShape = shapeOf(
  "volume.Volume",
  "ClusterVolume:any CreatedAt Driver Labels:map[] Mountpoint Name Options:map[] Scope Status:map[]any UsageData:*UsageData",
  { UsageData },
);
