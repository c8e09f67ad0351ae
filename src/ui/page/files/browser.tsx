// A file browser for a container or a volume: list directories, view text, download and upload files.
import { useEffect, useRef, useState } from "preact/hooks";
import { request, session } from "../engine/requests.ts";
import { Empty } from "../parts/empty.tsx";
import { bytes, moment } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { saveAnswer, saveBlob } from "../parts/save.ts";
import { type Column, Table } from "../parts/table.tsx";
import { attempt, notify } from "../parts/toast.tsx";
import { linkTo, route, setQuery } from "../routing.ts";
import { texts } from "../texts/index.ts";
import {
  type FileEntry,
  join,
  type Listing,
  list,
  locate,
  MAX_SHOWN_BYTES,
  type Place,
  readFile,
  upload,
} from "./archive.ts";
import type { FilePlace } from "./place.ts";

/** Larger files are downloaded by the browser itself, as archives. */
const MAX_SAVED_BYTES = 64 * 1024 * 1024;

export function FileBrowser({ place }: { place: FilePlace }) {
  const directory = route.value.query.get("path") ?? "/";
  const [known, setKnown] = useState<{ key: string; root: string; listing: Listing }>();
  const [problem, setProblem] = useState("");
  const [shown, setShown] = useState<{ name: string; text: string }>();
  const [turn, setTurn] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const words = texts.value.files;
  const inContainer = (path: string): string => (path === "/" && place.root !== "" ? place.root : place.root + path);
  // The content of a completely read directory is already known.
  const isKnown =
    known !== undefined &&
    known.key === place.key &&
    (known.root === directory || (known.listing.isComplete && isBelow(directory, known.root)));

  useEffect(() => {
    if (isKnown) return;
    const cancel = new AbortController();
    setProblem("");
    const read = async (): Promise<void> => {
      const listing = await place.use(async (container) => {
        const at = await locate(container, inContainer(directory));
        if (at.kind === "file" || at.path !== inContainer(directory)) return at;
        return list(container, at.path, cancel.signal);
      });
      if (cancel.signal.aborted) return;
      if ("entries" in listing) setKnown({ key: place.key, root: directory, listing });
      // The address is a file, or contains a link.
      else visit(listing);
    };
    read().catch((thrown: unknown) => {
      if (!cancel.signal.aborted) setProblem(thrown instanceof Error ? thrown.message : String(thrown));
    });
    return () => cancel.abort();
  }, [place.key, directory, turn, isKnown]);

  const refresh = (): void => {
    setKnown(undefined);
    setTurn(turn + 1);
  };
  const send = async (files: readonly File[]): Promise<void> => {
    if (files.length === 0) return;
    const to = inContainer(directory);
    if (await attempt(words.upload, () => place.use((container) => upload(container, to, files)))) {
      notify("good", words.uploaded(files.length));
      refresh();
    }
  };
  /** Shows the target of a path in the container. */
  const visit = (at: Place): void => {
    if (place.root !== "" && !isBelow(at.path, place.root) && at.path !== place.root) {
      notify("bad", words.outside(at.path));
      return;
    }
    const path = at.path.slice(place.root.length) || "/";
    if (at.kind === "directory") {
      setQuery({ path });
      return;
    }
    setQuery({ path: path.slice(0, path.lastIndexOf("/")) || "/" });
    void attempt(path, () => open(path, at.size));
  };
  const open = async (path: string, size: number): Promise<void> => {
    if (size > MAX_SHOWN_BYTES) return saveFile(path, size);
    const content = await place.use((container) => readFile(container, place.root + path));
    if (content.includes(0)) saveBlob(baseName(path), new Blob([content]));
    else setShown({ name: path, text: new TextDecoder().decode(content) });
  };
  const saveFile = (path: string, size: number): Promise<void> =>
    place.use(async (container) => {
      if (size > MAX_SAVED_BYTES) return saveArchive(path);
      saveBlob(baseName(path), new Blob([await readFile(container, place.root + path)]));
    });
  const saveArchive = (path: string): Promise<void> =>
    place.use(async (container) => {
      const name = `${baseName(path) || "files"}.tar`;
      const query = { path: place.root + path };
      if (place.isLasting) saveAnswer(name, `/containers/${container}/archive`, query);
      else saveBlob(name, await (await request("GET", `/containers/${container}/archive`, { query })).blob());
    });
  const actions: EntryActions = {
    enter: ({ path }) => setQuery({ path: join(directory, path) }),
    open: ({ path, size }) => void attempt(path, () => open(join(directory, path), size)),
    follow: ({ path }) =>
      void attempt(path, async () =>
        visit(await place.use((container) => locate(container, place.root + join(directory, path)))),
      ),
    save: ({ path, kind, size }) =>
      void attempt(path, () =>
        kind === "file" ? saveFile(join(directory, path), size) : saveArchive(join(directory, path)),
      ),
  };

  const children = known && isKnown ? childrenOf(known.listing, relative(directory, known.root)) : [];
  return (
    <section
      class="files"
      aria-label={words.title}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        if (!session.value?.readOnly) void send([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <div class="toolbar">
        <Path directory={directory} />
        <span class="space" />
        {!session.value?.readOnly && (
          <>
            <input
              ref={input}
              type="file"
              multiple
              hidden
              onChange={({ currentTarget }) => {
                void send([...(currentTarget.files ?? [])]);
                currentTarget.value = "";
              }}
            />
            <button type="button" onClick={() => input.current?.click()}>
              <Icon name="upload" size={16} /> {words.upload}
            </button>
          </>
        )}
        <button type="button" onClick={refresh}>
          {texts.value.common.refresh}
        </button>
      </div>
      {problem !== "" && (
        <div class="notice" role="alert">
          {problem}
        </div>
      )}
      {shown && (
        <section class="card file-text" aria-label={shown.name}>
          <div class="toolbar">
            <strong>{shown.name}</strong>
            <span class="space" />
            <button type="button" onClick={() => setShown(undefined)}>
              {texts.value.common.close}
            </button>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <pre tabIndex={0}>{shown.text}</pre>
        </section>
      )}
      {known && isKnown ? (
        <>
          {!known.listing.isComplete && <div class="notice">{words.incomplete}</div>}
          {children.length === 0 ? (
            <Empty text={words.empty} />
          ) : (
            <Table rows={children} columns={columns(actions)} idOf={({ path }) => path} nameOf={({ path }) => path} />
          )}
        </>
      ) : (
        problem === "" && <p class="quiet">{words.reading}</p>
      )}
    </section>
  );
}

function Path({ directory }: { directory: string }) {
  const { page, rest } = route.value;
  const parts = directory.split("/").filter((part) => part !== "");
  return (
    <nav class="path" aria-label={texts.value.files.path}>
      <a href={linkTo(page, rest, { tab: "files" })}>/</a>
      {parts.map((part, index) => {
        const path = `/${parts.slice(0, index + 1).join("/")}`;
        return (
          <a key={path} href={linkTo(page, rest, { tab: "files", path })}>
            {`${part}/`}
          </a>
        );
      })}
    </nav>
  );
}

interface EntryActions {
  enter(directory: FileEntry): void;
  open(file: FileEntry): void;
  follow(link: FileEntry): void;
  save(entry: FileEntry): void;
}

function columns({ enter, open, follow, save }: EntryActions): readonly Column<FileEntry>[] {
  const words = texts.value.files;
  return [
    {
      key: "name",
      title: texts.value.common.name,
      order: ({ path }) => path,
      cell: (entry) => {
        const visit = { directory: enter, file: open, link: follow, other: undefined }[entry.kind];
        return (
          <>
            <Icon name={entry.kind === "directory" ? "project" : "file"} size={16} />
            {visit ? (
              <button type="button" class="link" onClick={() => visit(entry)}>
                {entry.path}
              </button>
            ) : (
              <span>{entry.path}</span>
            )}
            {entry.target !== "" && <span class="quiet">{`→ ${entry.target}`}</span>}
          </>
        );
      },
    },
    {
      key: "size",
      title: texts.value.common.size,
      order: ({ size }) => size,
      cell: ({ kind, size }) => (kind === "file" ? bytes(size) : ""),
    },
    { key: "mode", title: words.mode, cell: ({ mode }) => (mode & 0o7777).toString(8).padStart(4, "0"), wide: true },
    {
      key: "modified",
      title: words.modified,
      order: ({ modified }) => modified.getTime(),
      cell: ({ modified }) => moment(modified),
      wide: true,
    },
    {
      key: "actions",
      title: "",
      align: "end",
      cell: (entry) => (
        <button
          type="button"
          class="plain"
          aria-label={`${texts.value.common.download} ${entry.path}`}
          onClick={() => save(entry)}
        >
          <Icon name="download" />
        </button>
      ),
    },
  ];
}

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const isBelow = (path: string, root: string): boolean => root === "/" || path.startsWith(`${root}/`);

const relative = (path: string, root: string): string => path.slice(root === "/" ? 1 : root.length + 1);

/** The direct entries of a directory in a listing, directories first; paths become names. */
function childrenOf({ entries }: Listing, directory: string): FileEntry[] {
  const prefix = directory === "" ? "" : `${directory}/`;
  const children = entries
    .filter(({ path }) => path.startsWith(prefix) && path !== directory && !path.slice(prefix.length).includes("/"))
    .map((entry) => ({ ...entry, path: entry.path.slice(prefix.length) }));
  const rank = ({ kind }: FileEntry): number => (kind === "directory" ? 0 : 1);
  return children.sort((one, other) => rank(one) - rank(other) || one.path.localeCompare(other.path));
}
