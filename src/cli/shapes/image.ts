// The structure of an inspected image in Docker's client.
import { type Shape, shapeOf } from "../template/shape.ts";

const Nothing = shapeOf("struct {}", "");
const HealthConfig = shapeOf(
  "v1.HealthcheckConfig",
  "Test:[]string Interval:duration Timeout:duration StartPeriod:duration StartInterval:duration Retries:int",
);
const ImageConfig: Shape = {
  ...shapeOf(
    "v1.ImageConfig",
    `User ExposedPorts:map[]Nothing Env:[]string Entrypoint:[]string Cmd:[]string Volumes:map[]Nothing WorkingDir
    Labels:map[] StopSignal ArgsEscaped:bool`,
    { Nothing },
  ),
  omitsEmpty: true,
};
const DockerOCIImageConfigExt: Shape = {
  ...shapeOf("v1.DockerOCIImageConfigExt", "Healthcheck:*HealthConfig OnBuild:[]string Shell:[]string", {
    HealthConfig,
  }),
  omitsEmpty: true,
};
const Config = shapeOf("v1.DockerOCIImageConfig", "+ImageConfig +DockerOCIImageConfigExt", {
  ImageConfig,
  DockerOCIImageConfigExt,
});
const GraphDriver = shapeOf("storage.DriverData", "Data:map[] Name");
const RootFS = shapeOf("image.RootFS", "Type Layers:[]string");
const Metadata = shapeOf("image.Metadata", "LastTagTime:time");

export const imageShape = shapeOf(
  "image.InspectResponse",
  `ID=Id RepoTags:[]string RepoDigests:[]string Parent Comment Created Container ContainerConfig:any DockerVersion Author
  Config:*Config Architecture Variant Os OsVersion Size:int VirtualSize:int GraphDriver:GraphDriver RootFS:RootFS
  Metadata:Metadata Descriptor:any Manifests:[]any`,
  { Config, GraphDriver, RootFS, Metadata },
);
