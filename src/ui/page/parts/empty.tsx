// What a list shows that has nothing: why, and what to type.
export function Empty({ text, command }: { text: string; command?: string }) {
  return (
    <div class="empty card">
      <p>{text}</p>
      {command !== undefined && <code>{command}</code>}
    </div>
  );
}
