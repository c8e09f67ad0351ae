// A framed section of a page, and its list of facts.
import type { ComponentChildren } from "preact";

export function Card({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="card padded">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <span class="quiet">{name}</span>
      <span>{children}</span>
    </div>
  );
}
