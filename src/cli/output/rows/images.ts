// Rows of image lists: one per name of an image.
import type { ImageSummary } from "../../../api/images.ts";
import type { ListFormat, RowFields } from "../list-format.ts";
import { goTime, humanSize, shortId, timeAgo } from "../units.ts";

const NONE = "<none>";
const NOT_KNOWN = "N/A";
/** Go's zero time, which older engines send. */
const GO_ZERO_TIME = -62_135_596_800;

const headers = {
  ID: "IMAGE ID",
  Repository: "REPOSITORY",
  Tag: "TAG",
  Digest: "DIGEST",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  Size: "SIZE",
  Containers: "CONTAINERS",
  VirtualSize: "SIZE",
  SharedSize: "SHARED SIZE",
  UniqueSize: "UNIQUE SIZE",
};

const raw = (digest: string): string => `repository: {{.Repository}}
tag: {{.Tag}}
${digest}image_id: {{.ID}}
created_at: {{.CreatedAt}}
virtual_size: {{.Size}}
`;

/** One row. */
export interface NamedImage {
  image: ImageSummary;
  repository: string;
  tag: string;
  digest: string;
}

function splitTag(name: string): [string, string] {
  const colon = name.lastIndexOf(":");
  return colon < 0 || name.includes("/", colon) ? [name, ""] : [name.slice(0, colon), name.slice(colon + 1)];
}

/** The names of an image: every tag, with digests on request, or <none>. */
function namesOf(image: ImageSummary, digests: boolean): NamedImage[] {
  const tags = new Map<string, string[]>();
  const known = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, key: string, value: string) =>
    map.set(key, [...(map.get(key) ?? []), value]);
  for (const name of image.RepoTags ?? []) {
    if (name.startsWith(NONE)) continue;
    const [repository, tag] = splitTag(name);
    add(tags, repository, tag);
  }
  for (const name of image.RepoDigests ?? []) {
    if (name.startsWith(NONE)) continue;
    const [repository = "", digest = ""] = name.split("@");
    add(known, repository, digest);
  }
  const rows: NamedImage[] = [];
  for (const [repository, own] of tags) {
    const digestsHere = digests ? (known.get(repository) ?? []) : [];
    known.delete(repository);
    for (const tag of own) {
      if (digestsHere.length === 0) rows.push({ image, repository, tag, digest: NONE });
      for (const digest of digestsHere) rows.push({ image, repository, tag, digest });
    }
  }
  for (const [repository, own] of known) {
    if (digests) for (const digest of own) rows.push({ image, repository, tag: NONE, digest });
    else rows.push({ image, repository, tag: NONE, digest: NONE });
  }
  return rows.length > 0 ? rows : [{ image, repository: NONE, tag: NONE, digest: NONE }];
}

/** All rows of an image list. */
export function namedImages(images: readonly ImageSummary[], digests: boolean): NamedImage[] {
  return images.flatMap((image) => namesOf(image, digests));
}

const known = (value: number | undefined, show: (value: number) => string): string =>
  value === undefined || value < 0 ? NOT_KNOWN : show(value);

export function imageRow(named: NamedImage, short: boolean): RowFields {
  const { image, repository, tag, digest } = named;
  return {
    ID: () => (short ? shortId(image.Id) : image.Id),
    Repository: () => repository,
    Tag: () => tag,
    Digest: () => digest,
    CreatedSince: () => (image.Created <= GO_ZERO_TIME ? "" : timeAgo(image.Created * 1000)),
    CreatedAt: () => goTime(image.Created),
    Size: () => humanSize(image.Size, 3),
    Containers: () => known(image.Containers, String),
    VirtualSize: () => humanSize(image.Size),
    SharedSize: () => known(image.SharedSize, humanSize),
    UniqueSize: () => (image.SharedSize < 0 ? NOT_KNOWN : humanSize(image.Size - image.SharedSize)),
  };
}

export function imageList(options: { short: boolean; digests: boolean }): ListFormat<NamedImage> {
  const digest = options.digests ? ["Digest"] : [];
  return {
    typeName: "*formatter.imageContext",
    columns: ["Repository", "Tag", ...digest, "ID", "CreatedSince", "Size"],
    headers,
    raw: raw(options.digests ? "digest: {{.Digest}}\n" : ""),
    rawQuiet: "image_id: {{.ID}}",
    quiet: "ID",
    row: (named) => imageRow(named, options.short),
    cells: ({ CreatedSince }) => ({ CreatedSince: () => CreatedSince?.() || NOT_KNOWN }),
    narrow: { optional: ["CreatedSince"] },
  };
}
