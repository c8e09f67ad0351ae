// An image's page: its names, its history, and the containers that use it.

import { useState } from "preact/hooks";
import type { ImageHistoryEntry, ImageInspect } from "../../../api/images.ts";
import { containers, nameOf } from "../containers/list.ts";
import { State } from "../containers/parts.tsx";
import { quoted } from "../containers/words.ts";
import { get, post, session } from "../engine/requests.ts";
import { Card, Fact } from "../parts/card.tsx";
import { CopyButton } from "../parts/copy.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { bytes, moment, shortId } from "../parts/format.ts";
import { Inspect } from "../parts/inspect.tsx";
import { useLoaded } from "../parts/loaded.ts";
import { Loading } from "../parts/loading.tsx";
import { saveAnswer } from "../parts/save.ts";
import { attempt } from "../parts/toast.tsx";
import { splitReference } from "../progress/lines.ts";
import { type Work, WorkProgress } from "../progress/view.tsx";
import { go, linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { RemoveImages } from "./remove.tsx";
import { TransferDialog } from "./transfer.tsx";

export function ImageDetail({ id }: { id: string }) {
  const [work, setWork] = useState<Work>();
  const loaded = useLoaded(id, ["image"], () => get<ImageInspect>(`/images/${id}/json`));
  const history = useLoaded(id, ["image"], () => get<ImageHistoryEntry[]>(`/images/${id}/history`));
  if (loaded.state === "loading") return <Loading />;
  if (loaded.state === "failed") return <Empty text={loaded.reason} />;
  const image = loaded.value;
  const words = texts.value.images;
  const users = (containers.value ?? []).filter(({ ImageID }) => ImageID === image.Id);
  const { Config } = image;
  const command = [...(Config.Entrypoint ?? []), ...(Config.Cmd ?? [])];
  return (
    <>
      <nav aria-label={texts.value.container.back} class="back">
        <a href={linkTo("images")}>← {texts.value.pages.images}</a>
      </nav>
      <div class="heading">
        <h1>{image.RepoTags[0] ?? shortId(image.Id)}</h1>
        <span class="badge">{bytes(image.Size)}</span>
        <span class="space" />
        <Actions image={image} onWork={setWork} />
      </div>
      {work && <WorkProgress work={work} onClose={() => setWork(undefined)} />}
      <div class="cards">
        <Card title={texts.value.container.tabs.details}>
          <Fact name={words.names}>
            {image.RepoTags.map((tag) => (
              <div key={tag}>{tag}</div>
            ))}
          </Fact>
          <Fact name={texts.value.common.id}>
            {shortId(image.Id)} <CopyButton text={image.Id} what={texts.value.common.id} />
          </Fact>
          <Fact name={texts.value.common.created}>{moment(new Date(image.Created))}</Fact>
          <Fact name={words.platform}>{`${image.Os}/${image.Architecture}`}</Fact>
          <Fact name={texts.value.details.command}>
            <code>{command.map(quoted).join(" ")}</code>
          </Fact>
        </Card>
        <Card title={words.usedBy}>
          {users.length === 0 && <p class="quiet">{words.users(0)}</p>}
          {users.map((container) => (
            <div key={container.Id} class="user">
              <State state={container.State} status={container.Status} />
              <a href={linkTo("containers", [container.Id])}>{nameOf(container)}</a>
              <span class="quiet">{container.Status}</span>
            </div>
          ))}
        </Card>
      </div>
      <Card title={words.history(image.RootFS.Layers.length)}>
        {history.state === "loaded" && <History entries={history.value} />}
        {history.state === "failed" && <p class="bad">{history.reason}</p>}
      </Card>
      <h2 class="part-title">{texts.value.container.tabs.inspect}</h2>
      <Inspect value={image} name={shortId(image.Id)} />
    </>
  );
}

function History({ entries }: { entries: readonly ImageHistoryEntry[] }) {
  const largest = Math.max(1, ...entries.map(({ Size }) => Size));
  return (
    <ol class="history">
      {entries.map(({ CreatedBy, Comment, Size }, index) => (
        <li key={index}>
          <code>{CreatedBy || Comment || "–"}</code>
          <span class="figure">{bytes(Size)}</span>
          <div class="bar">
            <div style={{ width: `${(Size / largest) * 100}%` }} />
          </div>
        </li>
      ))}
    </ol>
  );
}

function Actions({ image, onWork }: { image: ImageInspect; onWork(work: Work): void }) {
  const [asked, setAsked] = useState<"tag" | "push" | "remove">();
  const [name, setName] = useState("");
  const words = texts.value.images;
  const title = image.RepoTags[0] ?? shortId(image.Id);
  const close = (): void => setAsked(undefined);
  if (session.value?.readOnly) return null;
  return (
    <>
      <a class="button primary" href={linkTo("run", [], { line: `berth run ${title}` })}>
        {words.run}
      </a>
      <button type="button" onClick={() => setAsked("tag")}>
        {words.tag}
      </button>
      <button type="button" onClick={() => setAsked("push")}>
        {words.push}
      </button>
      <button type="button" onClick={() => saveAnswer(`${shortId(image.Id)}.tar`, "/images/get", { names: title })}>
        {words.save}
      </button>
      <button type="button" class="danger" onClick={() => setAsked("remove")}>
        {texts.value.common.remove}
      </button>
      {asked === "tag" && (
        <Dialog
          title={`${words.tag}: ${title}`}
          action={words.tag}
          disabled={name === ""}
          onClose={close}
          onAction={() => {
            close();
            const { repository: repo, tag } = splitReference(name);
            void attempt(words.tag, () => post(`/images/${image.Id}/tag`, { query: { repo, tag } }));
          }}
        >
          <label class="field">
            {texts.value.common.name}
            <input value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} />
          </label>
        </Dialog>
      )}
      {asked === "push" && <TransferDialog kind="push" name={title} onWork={onWork} onClose={close} />}
      {asked === "remove" && (
        <RemoveImages images={[{ id: image.Id, title }]} onClose={close} onRemoved={() => go(linkTo("images"))} />
      )}
    </>
  );
}
