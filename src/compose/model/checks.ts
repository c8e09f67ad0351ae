// Checks of the merged model that involve several attributes of one value.
import { isIP } from "node:net";
import { ComposeError, shownPath } from "./compose-error.ts";
import { pathTable, transformModel } from "./path-table.ts";
import { isMapping, type Mapping, type Path, scalarText, type Value } from "./value.ts";

type Check = (value: Mapping, path: Path) => string | undefined;

const onlyNameWhenExternal: Check = (value) => {
  if (value.external !== true) return undefined;
  const other = Object.keys(value).find((key) => !["name", "external"].includes(key) && !key.startsWith("x-"));
  return other && `conflicting parameters "external" and "${other}" specified`;
};

const oneSource =
  (...keys: string[]): Check =>
  (value) => {
    const given = keys.filter((key) => value[key] !== undefined);
    if (given.length > 1) return `${keys.join("|")} attributes are mutually exclusive`;
    const hasOther = value.driver !== undefined || value.external !== undefined;
    return given.length === 0 && !hasOther ? `one of ${keys.join("|")} must be set` : undefined;
  };

const countOrNames: Check = (value) =>
  value.count !== undefined && value.device_ids !== undefined
    ? `"count" and "device_ids" attributes are exclusive`
    : undefined;

const hostAddress: Check = ({ host_ip: address }) =>
  address === undefined || isIP(scalarText(address).split("%", 1)[0] ?? "") > 0
    ? undefined
    : `invalid ip address: ${scalarText(address)}`;

const watchedPath: Check = (value) => (value.path === "" ? "value can't be blank" : undefined);

const checks = pathTable<Check>({
  "volumes.*": onlyNameWhenExternal,
  "configs.*": oneSource("file", "environment", "content"),
  "secrets.*": oneSource("file", "environment"),
  "services.*.ports.*": hostAddress,
  "services.*.develop.watch.*": watchedPath,
  "services.*.deploy.resources.reservations.devices.*": countOrNames,
  "services.*.gpus.*": countOrNames,
});

/** @throws ComposeError */
export function checkModel(model: Mapping): void {
  transformModel(checks, model, (check, value: Value, path) => {
    const words = isMapping(value) ? check(value, path) : undefined;
    if (words !== undefined) throw new ComposeError(`${shownPath(path)}: ${words}`, path);
    return value;
  });
}
