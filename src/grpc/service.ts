// Typed methods: combines a method's descriptor and its implementation to a handler of the server.
import {
  create,
  type DescMessage,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { MethodHandler, MethodLookup, ServerCall } from "./server.ts";
import { GrpcError, statusCodes } from "./status.ts";

export type CallContext = Pick<ServerCall, "metadata" | "signal">;

export interface Method {
  /** "/package.Service/Method". */
  path: string;
  handler: MethodHandler;
}

/** Methods by name. */
export interface Named {
  name: string;
  parent: { typeName: string };
}

export const pathOf = ({ parent, name }: Named): string => `/${parent.typeName}/${name}`;

export function unary<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  run: (request: MessageShape<I>, context: CallContext) => Promise<MessageInitShape<O>> | MessageInitShape<O>,
): Method {
  return {
    path: pathOf(method),
    async handler(call) {
      const answer = await run(await onlyMessage(method.input, call), call);
      await call.send(encode(method.output, answer));
    },
  };
}

export function serverStream<I extends DescMessage, O extends DescMessage>(
  method: DescMethodServerStreaming<I, O>,
  run: (request: MessageShape<I>, context: CallContext) => AsyncIterable<MessageInitShape<O>>,
): Method {
  return {
    path: pathOf(method),
    async handler(call) {
      for await (const answer of run(await onlyMessage(method.input, call), call)) {
        await call.send(encode(method.output, answer));
      }
    },
  };
}

export function bidiStream<I extends DescMessage, O extends DescMessage>(
  method: DescMethodBiDiStreaming<I, O>,
  run: (
    requests: AsyncIterable<MessageShape<I>>,
    send: (answer: MessageInitShape<O>) => Promise<void>,
    context: CallContext,
  ) => Promise<void>,
): Method {
  return {
    path: pathOf(method),
    handler: (call) =>
      run(decodeAll(method.input, call.messages), (answer) => call.send(encode(method.output, answer)), call),
  };
}

/** Looks up methods by path. */
export function lookupOf(methods: readonly Method[]): MethodLookup {
  const handlers = new Map(methods.map(({ path, handler }) => [path, handler]));
  return (path) => {
    const handler = handlers.get(path);
    if (handler) return handler;
    throw new GrpcError(statusCodes.unimplemented, `unknown method ${path}`);
  };
}

export function encode<D extends DescMessage>(description: D, init: MessageInitShape<D>): Uint8Array {
  return toBinary(description, create(description, init));
}

/** @throws GrpcError internal when decoding fails */
export function decode<D extends DescMessage>(description: D, bytes: Uint8Array): MessageShape<D> {
  try {
    return fromBinary(description, bytes);
  } catch (thrown) {
    throw new GrpcError(
      statusCodes.internal,
      `grpc: failed to unmarshal the received message: ${description.typeName}`,
      undefined,
      thrown,
    );
  }
}

export async function* decodeAll<D extends DescMessage>(
  description: D,
  messages: AsyncIterable<Uint8Array>,
): AsyncGenerator<MessageShape<D>, void, void> {
  for await (const message of messages) yield decode(description, message);
}

async function onlyMessage<D extends DescMessage>(description: D, call: ServerCall): Promise<MessageShape<D>> {
  for await (const message of call.messages) return decode(description, message);
  throw new GrpcError(statusCodes.internal, "the request has no message");
}
