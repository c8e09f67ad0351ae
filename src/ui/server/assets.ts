// The page's files: bundled into the executable at build time, compressed on first request. In a source checkout they
// are bundled at start.
import { extname } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import page from "../page/index.html";
import { secure } from "./answers.ts";

interface Asset {
  content: Uint8Array<ArrayBuffer>;
  type: string;
  /** Files with a content digest in their name never change. */
  immutable: boolean;
  compressed: Map<string, Uint8Array<ArrayBuffer>>;
}

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

export class Assets {
  readonly #assets = new Map<string, Asset>();

  /** Finds or builds the files. */
  static async load(): Promise<Assets> {
    const assets = new Assets();
    if (page.files) {
      for (const { path } of page.files) assets.#add(path, new Uint8Array(await Bun.file(path).arrayBuffer()));
      return assets;
    }
    const built = await Bun.build({ entrypoints: [page.index], minify: true, publicPath: "/" });
    for (const output of built.outputs) assets.#add(output.path, new Uint8Array(await output.arrayBuffer()));
    return assets;
  }

  #add(path: string, content: Uint8Array<ArrayBuffer>): void {
    const extension = extname(path);
    const isPage = extension === ".html";
    this.#assets.set(isPage ? "/" : `/${path.slice(path.lastIndexOf("/") + 1)}`, {
      content,
      type: types[extension] ?? "application/octet-stream",
      immutable: !isPage,
      compressed: new Map(),
    });
  }

  /** The file at a path of the server; undefined when it does not exist, or for other methods than GET and HEAD. */
  answer(path: string, request: Request): Response | undefined {
    const asset = this.#assets.get(path);
    if (!asset || !["GET", "HEAD"].includes(request.method)) return undefined;
    const accepted = request.headers.get("accept-encoding") ?? "";
    const encoding = ["br", "gzip"].find((name) => accepted.includes(name));
    const headers = secure(new Headers({ "content-type": asset.type, vary: "accept-encoding" }));
    headers.set("cache-control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (encoding === undefined) return new Response(asset.content, { headers });
    headers.set("content-encoding", encoding);
    return new Response(compressed(asset, encoding), { headers });
  }

  /** Total transfer size of all files, for the test that limits it. */
  get compressedSize(): number {
    return [...this.#assets.values()].reduce((sum, asset) => sum + compressed(asset, "br").length, 0);
  }
}

function compressed(asset: Asset, encoding: string): Uint8Array<ArrayBuffer> {
  const known = asset.compressed.get(encoding);
  if (known) return known;
  const bytes = new Uint8Array(
    encoding === "br"
      ? brotliCompressSync(asset.content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
      : gzipSync(asset.content),
  );
  asset.compressed.set(encoding, bytes);
  return bytes;
}
