// The structure of an inspected context in Docker's client. What is stored stands in it twice: as a part, and with the
// part's fields as its own, of which the name "Metadata" is the part's.
import { type Shape, shapeOf, toStruct } from "../template/shape.ts";
import { isPlainObject, Struct } from "../template/values.ts";

const DockerContext = shapeOf("command.DockerContext", "Description AdditionalFields:map[]");
/** Kept as anything, and so its type is called that. */
const EndpointMeta = shapeOf("interface {}", "Host SkipTLSVerify:bool");
const stored: Shape = shapeOf("store.Metadata", "Name Metadata:DockerContext Endpoints:map[]EndpointMeta", {
  DockerContext,
  EndpointMeta,
});
const Storage = shapeOf("context.storage", "MetadataPath TLSPath");
const listing = shapeOf(
  "context.contextWithTLSListing",
  "Name Metadata:DockerContext Endpoints:map[]EndpointMeta TLSMaterial:map[]any Storage:Storage",
  { DockerContext, EndpointMeta, Storage },
);

/** @param data what `context inspect` shows */
export function contextStruct(data: unknown): Struct {
  const whole = toStruct(listing, data);
  const { Name, Metadata, Endpoints } = isPlainObject(data) ? data : {};
  const part = toStruct(stored, { Name, Metadata, Endpoints });
  const { TLSMaterial, Storage: storage } = whole.fields;
  return new Struct(whole.typeName, { Metadata: part, TLSMaterial, Storage: storage }, whole.json, ["Metadata"]);
}
