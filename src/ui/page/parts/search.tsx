// The search field of a list; its text is stored in the address.
import { route, setQuery } from "../routing.ts";
import { texts } from "../texts/index.ts";

export function Search() {
  return (
    <input
      type="search"
      placeholder={texts.value.common.search}
      aria-label={texts.value.common.search}
      value={route.value.query.get("search") ?? ""}
      onInput={({ currentTarget }) => setQuery({ search: currentTarget.value })}
    />
  );
}
