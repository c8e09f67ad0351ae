// The list of images, or one image if the address has an ID.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ImageSummary } from "../../../api/images.ts";
import { containers, loadContainers } from "../containers/list.ts";
import { keepLoaded } from "../engine/live.ts";
import { session } from "../engine/requests.ts";
import { Empty } from "../parts/empty.tsx";
import { ago, bytes, shortId } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { Loading } from "../parts/loading.tsx";
import { saveAnswer } from "../parts/save.ts";
import { Search } from "../parts/search.tsx";
import { Selected } from "../parts/selected.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { runWithProgress } from "../progress/lines.ts";
import { type Work, WorkProgress } from "../progress/view.tsx";
import { linkTo, route } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { BuildForm } from "./build.tsx";
import { ImageDetail } from "./detail.tsx";
import { images, loadImages, titleOf } from "./list.ts";
import { RemoveImages } from "./remove.tsx";
import { TransferDialog } from "./transfer.tsx";

export function ImagesPage() {
  useEffect(() => keepLoaded(["image"], loadImages), []);
  useEffect(() => keepLoaded(["container"], loadContainers), []);
  const [id] = route.value.rest;
  return id === undefined ? <ImageList /> : <ImageDetail key={id} id={id} />;
}

function ImageList() {
  const [asked, setAsked] = useState<"pull" | "build">();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [removing, setRemoving] = useState<readonly ImageSummary[]>([]);
  const [work, setWork] = useState<Work>();
  const input = useRef<HTMLInputElement>(null);
  const words = texts.value.images;
  if (images.value === undefined) return <Loading />;
  const search = (route.value.query.get("search") ?? "").toLowerCase();
  const rows = images.value.filter((image) =>
    [...image.RepoTags, image.Id].some((text) => text.toLowerCase().includes(search)),
  );
  const load = (file: File | undefined): void => {
    if (!file) return;
    const options = { body: file, headers: { "content-type": "application/x-tar" } };
    setWork({
      title: `${words.load}: ${file.name}`,
      run: (onLine, signal) => runWithProgress("/images/load", { ...options, signal }, onLine),
    });
  };
  const chosen = rows.filter(({ Id }) => selected.has(Id));
  return (
    <>
      <div class="heading">
        <h1>{texts.value.pages.images}</h1>
        <Search />
        <span class="space" />
        {!session.value?.readOnly && (
          <>
            <input
              ref={input}
              type="file"
              hidden
              onChange={({ currentTarget }) => {
                load(currentTarget.files?.[0]);
                currentTarget.value = "";
              }}
            />
            <button type="button" onClick={() => input.current?.click()}>
              <Icon name="upload" size={16} /> {words.load}
            </button>
            <button type="button" onClick={() => setAsked(asked === "build" ? undefined : "build")}>
              <Icon name="project" size={16} /> {words.build}
            </button>
            <button type="button" class="primary" onClick={() => setAsked("pull")}>
              <Icon name="download" size={16} /> {words.pull}
            </button>
          </>
        )}
      </div>
      <Selected
        count={chosen.length}
        onClear={() => setSelected(new Set())}
        onRemove={session.value?.readOnly ? undefined : () => setRemoving(chosen)}
      >
        <button type="button" onClick={() => saveImages(chosen)}>
          <Icon name="download" size={15} /> {words.save}
        </button>
      </Selected>
      {asked === "build" && <BuildForm onWork={setWork} />}
      {work && <WorkProgress work={work} onClose={() => setWork(undefined)} />}
      {images.value.length === 0 ? (
        <Empty text={words.empty} command="berth pull nginx" icon="image" />
      ) : rows.length === 0 ? (
        <Empty text={texts.value.common.nothingFound} />
      ) : (
        <Table
          rows={rows}
          columns={columns((image) => setRemoving([image]))}
          idOf={({ Id }) => Id}
          nameOf={titleOf}
          selection={{ selected, onChange: setSelected }}
        />
      )}
      {asked === "pull" && <TransferDialog kind="pull" name="" onWork={setWork} onClose={() => setAsked(undefined)} />}
      {removing.length > 0 && (
        <RemoveImages
          images={removing.map((image) => ({ id: image.Id, title: titleOf(image) }))}
          onClose={() => setRemoving([])}
        />
      )}
    </>
  );
}

const usersOf = ({ Id }: ImageSummary): number =>
  (containers.value ?? []).filter(({ ImageID }) => ImageID === Id).length;

/** All of them in one archive. */
function saveImages(chosen: readonly ImageSummary[]): void {
  const query = chosen.map((image) => ["names", titleOf(image)]);
  const [first] = chosen;
  const name = chosen.length === 1 && first ? shortId(first.Id) : "images";
  saveAnswer(`${name}.tar`, "/images/get", query);
}

const columns = (onRemove: (image: ImageSummary) => void): readonly Column<ImageSummary>[] => {
  const { common, images: words } = texts.value;
  return [
    {
      key: "name",
      title: common.name,
      order: titleOf,
      cell: (image) => (
        <>
          <a href={linkTo("images", [image.Id])} title={image.RepoTags.join("\n")}>
            {titleOf(image)}
          </a>
          {image.RepoTags.length > 1 && (
            <span class="badge" title={image.RepoTags.slice(1).join("\n")}>{`+${image.RepoTags.length - 1}`}</span>
          )}
        </>
      ),
    },
    { key: "id", title: common.id, cell: ({ Id }) => <code>{shortId(Id)}</code>, wide: true },
    {
      key: "size",
      title: common.size,
      order: ({ Size }) => Size,
      cell: ({ Size }) => bytes(Size),
      numeric: true,
    },
    {
      key: "created",
      title: common.created,
      order: ({ Created }) => Created,
      cell: ({ Created }) => ago(new Date(Created * 1000)),
      wide: true,
    },
    { key: "users", title: words.usedBy, order: usersOf, cell: (image) => words.users(usersOf(image)), wide: true },
    {
      key: "actions",
      title: "",
      align: "end",
      cell: (image) =>
        !session.value?.readOnly && (
          <>
            <a
              class="button plain"
              href={linkTo("run", [], { line: `berth run ${titleOf(image)}` })}
              title={words.run}
              aria-label={`${words.run} ${titleOf(image)}`}
            >
              <Icon name="play" />
            </a>
            <button
              type="button"
              class="plain danger"
              title={common.remove}
              aria-label={`${common.remove} ${titleOf(image)}`}
              onClick={() => onRemove(image)}
            >
              <Icon name="remove" />
            </button>
          </>
        ),
    },
  ];
};
