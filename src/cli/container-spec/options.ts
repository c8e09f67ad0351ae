// Builds flags and request fields from the tables in api/container-options.ts.
import type { ContainerOption, OptionKind, OptionTable, ValueFormat } from "../../api/container-options.ts";
import type { Ulimit } from "../../api/option-schemas.ts";
import type { Flag, FlagOptions } from "../flags/flag.ts";
import { bytes, integer, list, map, text, toggle } from "../flags/kinds.ts";
import { parseCpus } from "../flags/numbers.ts";
import * as check from "./checks.ts";

const MAX_UINT16 = 65535n;

const checkOf: Readonly<Record<ValueFormat, (given: string) => string>> = {
  address: check.checkAddress,
  "device-rule": check.checkDeviceRule,
  "extra-host": check.checkExtraHost,
  link: check.checkLink,
  "search-domain": check.checkSearchDomain,
  sysctl: check.checkSysctl,
};

/** A repeatable flag whose values are parsed into objects. */
export function objects<T>(
  type: string,
  description: string,
  read: (given: string) => T,
  options: FlagOptions = {},
): Flag<readonly T[]> {
  return { type, description, initial: [], ...options, read: (given, previous) => [...previous, read(given)] };
}

/** A later limit replaces an earlier one of the same name. */
export function ulimits(description: string, options: FlagOptions = {}): Flag<readonly Ulimit[]> {
  const read = (given: string, previous: readonly Ulimit[]): Ulimit[] => {
    const limit = check.readUlimit(given);
    return [...previous.filter(({ Name }) => Name !== limit.Name), limit];
  };
  return { type: "ulimit", description, shownDefault: "[]", initial: [], ...options, read };
}

/** The flag for each type of option. */
const flagOfKind = {
  text: ({ description }: ContainerOption, options: FlagOptions) => text(description, options),
  toggle: ({ description }: ContainerOption, options: FlagOptions) => toggle(description, options),
  integer: ({ description, width }: ContainerOption, options: FlagOptions) =>
    width === undefined
      ? integer(description, options)
      : integer(description, { ...options, type: width, shownDefault: "0", least: 0n, most: MAX_UINT16 }),
  bytes: ({ description, mayBeUnlimited = false }: ContainerOption, options: FlagOptions) =>
    bytes(description, { ...options, unlimited: mayBeUnlimited }),
  cpus: ({ description }: ContainerOption, options: FlagOptions): Flag<number | undefined> => ({
    type: "decimal",
    description,
    initial: undefined,
    ...options,
    read: parseCpus,
  }),
  texts: ({ description, format }: ContainerOption, options: FlagOptions) =>
    list(description, { ...options, ...(format && { check: checkOf[format] }) }),
  map: ({ description, format }: ContainerOption, options: FlagOptions) =>
    map(description, { ...options, ...(format && { check: checkOf[format] }) }),
  ulimits: ({ description }: ContainerOption, options: FlagOptions) => ulimits(description, options),
  "device-weights": ({ description }: ContainerOption, options: FlagOptions) =>
    objects("list", description, check.readDeviceWeight, { ...options, shownDefault: "[]" }),
  "byte-rates": ({ description }: ContainerOption, options: FlagOptions) =>
    objects("list", description, check.readByteRate, { ...options, shownDefault: "[]" }),
  "operation-rates": ({ description }: ContainerOption, options: FlagOptions) =>
    objects("list", description, check.readOperationRate, { ...options, shownDefault: "[]" }),
} as const satisfies Record<OptionKind, (option: ContainerOption, options: FlagOptions) => unknown>;

type FlagOfKind = { [Kind in OptionKind]: ReturnType<(typeof flagOfKind)[Kind]> };

/** The flags of a table, by name. */
export type OptionFlags<T extends OptionTable> = {
  readonly [Field in keyof T as T[Field]["flag"]]: FlagOfKind[T[Field]["kind"]];
};

/** @param isUpdate use the descriptions of `update`, which differ for some flags */
export function optionFlags<T extends OptionTable>(table: T, isUpdate?: boolean): OptionFlags<T>;
export function optionFlags(table: OptionTable, isUpdate = false): object {
  return Object.fromEntries(
    Object.values(table).map((option) => {
      const { flag, short, otherNames, since, complete, description, updateDescription = description } = option;
      const options = {
        ...(short && { short }),
        ...(otherNames && { otherNames }),
        ...(since && { since }),
        ...(complete && { complete }),
      };
      const shown = isUpdate ? { ...option, description: updateDescription } : option;
      return [flag, flagOfKind[option.kind](shown, options)];
    }),
  );
}

type ValueOfFlag<F> = F extends Flag<infer T> ? T : never;
type Writable<T> = T extends readonly (infer Item)[]
  ? Item[]
  : T extends Readonly<Record<string, string>>
    ? Record<string, string>
    : T;

export type OptionValues<T extends OptionTable> = {
  readonly [Field in keyof T as T[Field]["flag"]]: ValueOfFlag<FlagOfKind[T[Field]["kind"]]>;
};

/** The request fields for a table's flags. */
export type OptionFields<T extends OptionTable> = {
  [Field in keyof T]?: Writable<ValueOfFlag<FlagOfKind[T[Field]["kind"]]>> | undefined;
};

/** @param given the names of the flags that were given */
export function optionFields<T extends OptionTable>(
  table: T,
  values: OptionValues<T>,
  given: ReadonlySet<string>,
): OptionFields<T>;
export function optionFields(
  table: OptionTable,
  values: Readonly<Record<string, unknown>>,
  given: ReadonlySet<string>,
): object {
  return Object.fromEntries(
    Object.entries(table).map(([field, { flag, omitted }]) => {
      const value = values[flag];
      const isOmitted =
        (omitted === "when-empty" && isEmpty(value)) || (omitted === "unless-given" && !given.has(flag));
      return [field, isOmitted ? undefined : value];
    }),
  );
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : !value;
}
