// The files dropped on the page: files, or directories with everything below them.
import type { ContextFile } from "./context.ts";

export async function droppedFiles({ items, files }: DataTransfer): Promise<ContextFile[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const [first] = entries;
  if (entries.length === 1 && first instanceof FileSystemDirectoryEntry) return filesBelow(first, "");
  return [...files].map((file) => ({ name: file.name, file }));
}

async function filesBelow(directory: FileSystemDirectoryEntry, prefix: string): Promise<ContextFile[]> {
  const reader = directory.createReader();
  const found: ContextFile[] = [];
  // A reader returns a directory's entries in batches, and an empty batch at the end.
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return found;
    for (const entry of entries) {
      const name = `${prefix}${entry.name}`;
      if (entry instanceof FileSystemDirectoryEntry) found.push(...(await filesBelow(entry, `${name}/`)));
      else if (entry instanceof FileSystemFileEntry) {
        found.push({ name, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) });
      }
    }
  }
}
