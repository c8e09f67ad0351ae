// Docker's client struct of an inspected image.
import { type StructType, structType } from "../template/struct-type.ts";

const Nothing = structType("struct {}", "");
const HealthConfig = structType(
  "v1.HealthcheckConfig",
  "Test:[]string Interval:duration Timeout:duration StartPeriod:duration StartInterval:duration Retries:int",
);
const ImageConfig: StructType = {
  ...structType(
    "v1.ImageConfig",
    `User ExposedPorts:map[]Nothing Env:[]string Entrypoint:[]string Cmd:[]string Volumes:map[]Nothing WorkingDir
    Labels:map[] StopSignal ArgsEscaped:bool`,
    { Nothing },
  ),
  omitsEmpty: true,
};
const DockerOCIImageConfigExt: StructType = {
  ...structType("v1.DockerOCIImageConfigExt", "Healthcheck:*HealthConfig OnBuild:[]string Shell:[]string", {
    HealthConfig,
  }),
  omitsEmpty: true,
};
const Config = structType("v1.DockerOCIImageConfig", "+ImageConfig +DockerOCIImageConfigExt", {
  ImageConfig,
  DockerOCIImageConfigExt,
});
const GraphDriver = structType("storage.DriverData", "Data:map[] Name");
const RootFS = structType("image.RootFS", "Type Layers:[]string");
const Metadata = structType("image.Metadata", "LastTagTime:time");

export const imageType = structType(
  "image.InspectResponse",
  `ID=Id RepoTags:[]string RepoDigests:[]string Parent Comment Created Container ContainerConfig:any DockerVersion Author
  Config:*Config Architecture Variant Os OsVersion Size:int VirtualSize:int GraphDriver:GraphDriver RootFS:RootFS
  Metadata:Metadata Descriptor:any Manifests:[]any`,
  { Config, GraphDriver, RootFS, Metadata },
);
