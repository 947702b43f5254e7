import {
  envelopeBytesMax,
  envelopePath,
  type PackagedComponent,
  packageFilePath,
} from '../../sps/protocol/component-package.ts';
import { openExchange, type SpsConnectionOptions } from '../sps-client/client-options.ts';
import type { Answer, ExchangeRequest } from '../sps-client/exchange.ts';
import { statusFailure } from '../sps-client/failure.ts';
import type { GetFile } from './download-file.ts';

/** Where packages are asked for. */
export interface PackageRequestOptions extends SpsConnectionOptions {
  /** `https://host:port` of an SPS or of any web server with the same files, with a folder if need be; or http. */
  url: string;
}

/** The requests for packages. All reject with `ReputationFailure`, or what a receiver throws. */
export interface PackageRequests {
  /** 200, or 304 when a tag in `ifNoneMatch` is that of the version. */
  envelope(component: PackagedComponent, ifNoneMatch: string, signal: AbortSignal): Promise<Answer>;
  /** For files and deltas of a component. */
  file(component: PackagedComponent, signal: AbortSignal): GetFile;
  close(): void;
}

/** Whoever receives a file says that it is too long: it knows which. */
const overrunBytes = 1024 * 1024;

export function createPackageRequests(options: PackageRequestOptions): PackageRequests {
  const { now = Date.now } = options;
  const { origin, pathname } = new URL(options.url);
  const base = pathname.replace(/\/$/, '');
  const { exchange, close } = openExchange(options);

  async function send(request: Omit<ExchangeRequest, 'origin' | 'method'>, others: number[], signal: AbortSignal) {
    const answer = await exchange({ origin, method: 'GET', ...request }, signal);
    if (answer.status === 200 || others.includes(answer.status)) return answer;
    throw statusFailure(answer.status, 'other', answer.field('retry-after'), now(), request.path);
  }

  return {
    envelope(component, ifNoneMatch, signal) {
      const known = ifNoneMatch === '' ? {} : { headers: { 'if-none-match': ifNoneMatch } };
      const request = { path: base + envelopePath(component), ...known, answerBytesMax: envelopeBytesMax };
      return send(request, ifNoneMatch === '' ? [] : [304], signal);
    },
    file(component, signal) {
      return ({ sha256, size }, from, receive) => {
        const range = from === 0 ? {} : { headers: { range: `bytes=${from}-` } };
        const path = base + packageFilePath(component, sha256);
        const request = { path, ...range, answerBytesMax: size + overrunBytes, receive };
        return send(request, from === 0 ? [] : [206, 416], signal);
      };
    },
    close,
  };
}
