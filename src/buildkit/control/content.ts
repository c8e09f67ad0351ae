// Content service (containerd): clients read from it what history records refer to.
import { BerthError } from "../../api/errors.ts";
import { Content } from "../../grpc/proto/containerd/content_pb.ts";
import { type Method, serverStream, unary } from "../../grpc/service.ts";
import type { History } from "./history.ts";

export function contentMethods(history: History): Method[] {
  const find = async (digest: string): Promise<Uint8Array> => {
    const content = await history.provenance(digest);
    if (content === undefined) throw new BerthError("notFound", `content ${digest}: not found`);
    return content;
  };
  return [
    unary(Content.method.info, async ({ digest }) => {
      const { length } = await find(digest);
      return { info: { digest, size: BigInt(length) } };
    }),
    serverStream(Content.method.read, async function* ({ digest, offset, size }) {
      const content = await find(digest);
      const start = Number(offset);
      const end = size > 0n ? start + Number(size) : content.length;
      yield { offset, data: content.subarray(start, end) };
    }),
  ];
}
