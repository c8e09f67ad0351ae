// The logs of several containers together: `#/logs/ID,ID`.

import { useEffect } from "preact/hooks";
import { containers, loadContainers, nameOf } from "../containers/list.ts";
import { keepLoaded } from "../engine/live.ts";
import { Empty } from "../parts/empty.tsx";
import { Loading } from "../parts/loading.tsx";
import { linkTo, route } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { LogView } from "./view.tsx";

export function LogsPage() {
  useEffect(() => keepLoaded(["container"], loadContainers), []);
  if (containers.value === undefined) return <Loading />;
  const wanted = (route.value.rest[0] ?? "").split(",");
  const shown = containers.value.filter((container) =>
    wanted.some((id) => id !== "" && (container.Id.startsWith(id) || nameOf(container) === id)),
  );
  return (
    <>
      <nav aria-label={texts.value.container.back} class="back">
        <a href={linkTo("containers")}>← {texts.value.pages.containers}</a>
      </nav>
      <div class="heading">
        <h1>{texts.value.container.tabs.logs}</h1>
        {shown.map((container) => (
          <a key={container.Id} class="badge kept" href={linkTo("containers", [container.Id])}>
            {nameOf(container)}
          </a>
        ))}
      </div>
      {shown.length === 0 ? (
        <Empty text={texts.value.common.nothingFound} />
      ) : (
        <LogView
          sources={shown.map((container) => ({ id: container.Id, name: nameOf(container) }))}
          generation={shown.map(({ Id, State }) => `${Id}${State}`).join()}
        />
      )}
    </>
  );
}
