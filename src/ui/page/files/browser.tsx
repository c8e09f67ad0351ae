// A container's files: directories to walk through, text to read, files to save and to put there.
import { useEffect, useRef, useState } from "preact/hooks";
import { session } from "../engine/requests.ts";
import { bytes, moment } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { saveAnswer, saveBlob } from "../parts/save.ts";
import { type Column, Table } from "../parts/table.tsx";
import { attempt, notify } from "../parts/toast.tsx";
import { linkTo, route, setQuery } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { type FileEntry, join, type Listing, list, MAX_SHOWN_BYTES, readFile, upload } from "./archive.ts";

export function FileBrowser({ container }: { container: string }) {
  const directory = route.value.query.get("path") ?? "/";
  const [known, setKnown] = useState<{ root: string; listing: Listing }>();
  const [problem, setProblem] = useState("");
  const [shown, setShown] = useState<{ name: string; text: string }>();
  const [turn, setTurn] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const words = texts.value.files;
  // A directory below one that was read whole is known already.
  const isKnown =
    known !== undefined && (known.root === directory || (known.listing.isComplete && isBelow(directory, known.root)));

  useEffect(() => {
    if (isKnown) return;
    const cancel = new AbortController();
    setProblem("");
    list(container, directory, cancel.signal).then(
      (listing) => setKnown({ root: directory, listing }),
      (thrown: unknown) => {
        if (!cancel.signal.aborted) setProblem(thrown instanceof Error ? thrown.message : String(thrown));
      },
    );
    return () => cancel.abort();
  }, [container, directory, turn, isKnown]);

  const refresh = (): void => {
    setKnown(undefined);
    setTurn(turn + 1);
  };
  const send = async (files: readonly File[]): Promise<void> => {
    if (files.length === 0) return;
    if (await attempt(words.upload, () => upload(container, directory, files))) {
      notify("good", words.uploaded(files.length));
      refresh();
    }
  };
  const open = (entry: FileEntry): void => {
    const path = join(directory, entry.path);
    if (entry.size > MAX_SHOWN_BYTES) {
      saveAnswer(`${entry.path}.tar`, `/containers/${container}/archive`, { path });
      return;
    }
    void attempt(entry.path, async () => {
      const content = await readFile(container, path);
      if (content.includes(0)) saveBlob(entry.path, new Blob([content]));
      else setShown({ name: path, text: new TextDecoder().decode(content) });
    });
  };
  const save = (entry: FileEntry): void => {
    const path = join(directory, entry.path);
    if (entry.kind === "file" && entry.size <= MAX_SHOWN_BYTES * 64) {
      void attempt(entry.path, async () => saveBlob(entry.path, new Blob([await readFile(container, path)])));
    } else {
      saveAnswer(`${entry.path}.tar`, `/containers/${container}/archive`, { path });
    }
  };

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
          <Table
            rows={childrenOf(known.listing, relative(directory, known.root))}
            columns={columns({ directory, open, save })}
            idOf={({ path }) => path}
            nameOf={({ path }) => path}
          />
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

interface Doing {
  directory: string;
  open(entry: FileEntry): void;
  save(entry: FileEntry): void;
}

function columns({ directory, open, save }: Doing): readonly Column<FileEntry>[] {
  const words = texts.value.files;
  return [
    {
      key: "name",
      title: texts.value.common.name,
      order: ({ path }) => path,
      cell: (entry) => (
        <>
          <Icon name={entry.kind === "directory" ? "project" : "file"} size={16} />
          {entry.kind === "directory" ? (
            <button type="button" class="link" onClick={() => setQuery({ path: join(directory, entry.path) })}>
              {entry.path}
            </button>
          ) : entry.kind === "file" ? (
            <button type="button" class="link" onClick={() => open(entry)}>
              {entry.path}
            </button>
          ) : (
            <span>{entry.target === "" ? entry.path : `${entry.path} → ${entry.target}`}</span>
          )}
        </>
      ),
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

const isBelow = (path: string, root: string): boolean => root === "/" || path.startsWith(`${root}/`);

const relative = (path: string, root: string): string => path.slice(root === "/" ? 1 : root.length + 1);

/** What is directly in a directory of a listing, directories first; paths become names. */
function childrenOf({ entries }: Listing, directory: string): FileEntry[] {
  const prefix = directory === "" ? "" : `${directory}/`;
  const children = entries
    .filter(({ path }) => path.startsWith(prefix) && path !== directory && !path.slice(prefix.length).includes("/"))
    .map((entry) => ({ ...entry, path: entry.path.slice(prefix.length) }));
  const rank = ({ kind }: FileEntry): number => (kind === "directory" ? 0 : 1);
  return children.sort((one, other) => rank(one) - rank(other) || one.path.localeCompare(other.path));
}
