// Whether the screen is as narrow as a phone's, for what style sheets cannot rearrange. The width is that of
// style/narrow.css.
import { signal } from "@preact/signals";

const query = window.matchMedia("(max-width: 720px)");

export const isNarrow = signal(query.matches);

query.addEventListener("change", () => {
  isNarrow.value = query.matches;
});
