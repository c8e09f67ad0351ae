// Forwards questions to the host's nameservers: unchanged except for the ID, and over the transport the client used.
import { TcpUpstream } from "./tcp-upstream.ts";
import { UdpUpstream } from "./udp-upstream.ts";

/** After this time without an answer the next nameserver is asked as well. */
const NEXT_SERVER_MILLISECONDS = 1_500;
/** The C library times out after 5 seconds; the response must arrive before. */
const DEADLINE_MILLISECONDS = 4_500;
const HEADER_LENGTH = 12;
const SERVER_FAILURE = 2;
const REFUSED = 5;

export type Transport = "udp" | "tcp";

export class Upstream {
  private readonly udp = new Map<string, UdpUpstream>();
  private readonly tcp = new TcpUpstream();

  /**
   * Asks the nameservers in order, the next one when one fails or is slow.
   * @returns the first answer that is no failure, else the first failure; undefined without any answer.
   */
  async ask(
    question: Uint8Array,
    nameservers: readonly string[],
    transport: Transport,
  ): Promise<Uint8Array | undefined> {
    const controller = new AbortController();
    const deadline = setTimeout(() => controller.abort(new Error("no answer in time")), DEADLINE_MILLISECONDS);
    try {
      return await this.race(question, nameservers, transport, controller.signal);
    } finally {
      clearTimeout(deadline);
      controller.abort();
    }
  }

  private async race(
    question: Uint8Array,
    nameservers: readonly string[],
    transport: Transport,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    let failure: Uint8Array | undefined;
    let unanswered = nameservers.length;
    let next = 0;
    const askNext = (): void => {
      const address = nameservers[next];
      if (address === undefined || signal.aborted) return;
      next++;
      const patience = setTimeout(askNext, NEXT_SERVER_MILLISECONDS);
      const settle = (response: Uint8Array | undefined): void => {
        clearTimeout(patience);
        unanswered--;
        failure ??= response;
        if (response && !isFailure(response)) resolve(response);
        else if (unanswered === 0 || signal.aborted) resolve(failure);
        else askNext();
      };
      this.askOne(address, question, transport, signal).then(settle, () => settle(undefined));
    };
    if (unanswered === 0) return undefined;
    askNext();
    return promise;
  }

  private askOne(
    address: string,
    question: Uint8Array,
    transport: Transport,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    if (transport === "tcp") return this.tcp.ask(address, question, signal);
    let upstream = this.udp.get(address);
    if (!upstream) {
      upstream = new UdpUpstream(address, () => this.udp.delete(address));
      this.udp.set(address, upstream);
    }
    return upstream.ask(question, signal);
  }
}

function isFailure(response: Uint8Array): boolean {
  if (response.length < HEADER_LENGTH) return true;
  const code = (response[3] ?? 0) & 0x0f;
  return code === SERVER_FAILURE || code === REFUSED;
}
