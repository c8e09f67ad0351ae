// Docker's client struct of an inspected context. Stored metadata appears twice: as an embedded struct and through its
// promoted fields, where "Metadata" means the struct.
import { type StructType, structType, toStruct } from "../template/struct-type.ts";
import { isPlainObject, Struct } from "../template/values.ts";

const DockerContext = structType("command.DockerContext", "Description AdditionalFields:map[]");
/** Of type any in Go, as its type name shows. */
const EndpointMeta = structType("interface {}", "Host SkipTLSVerify:bool");
const stored: StructType = structType("store.Metadata", "Name Metadata:DockerContext Endpoints:map[]EndpointMeta", {
  DockerContext,
  EndpointMeta,
});
const Storage = structType("context.storage", "MetadataPath TLSPath");
const listing = structType(
  "context.contextWithTLSListing",
  "Name Metadata:DockerContext Endpoints:map[]EndpointMeta TLSMaterial:map[]any Storage:Storage",
  { DockerContext, EndpointMeta, Storage },
);

/** @param data the output of `context inspect` */
export function contextStruct(data: unknown): Struct {
  const whole = toStruct(listing, data);
  const { Name, Metadata, Endpoints } = isPlainObject(data) ? data : {};
  const part = toStruct(stored, { Name, Metadata, Endpoints });
  const { TLSMaterial, Storage: storage } = whole.fields;
  return new Struct(whole.typeName, { Metadata: part, TLSMaterial, Storage: storage }, whole.json, ["Metadata"]);
}
