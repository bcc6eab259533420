import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A blob that Docker handed over: its compressed bytes in a file of ours. */
export interface Blob {
  readonly digest: string;
  readonly bytes: number;
  readonly path: string;
}

/** A manifest as Docker sent it. */
export interface Manifest {
  readonly digest: string;
  readonly body: Buffer;
}

interface Upload {
  readonly path: string;
  readonly hash: Hash;
}

/**
 * A registry on the runner's loopback that `docker push` hands images to. It is a cheap way to get single layers out of
 * Docker, which can otherwise only save an image whole.
 *
 * Docker asks for a layer before it sends one whose digest it knows, from a pull or from an earlier push. The answer is
 * always "it is here", so that nothing is compressed and sent that may not be needed; the manifest, which comes last,
 * says what each layer is, and what turns out to be needed is denied in a second push.
 */
export class LoopbackRegistry {
  readonly blobs = new Map<string, Blob>();
  readonly manifests: Manifest[] = [];
  readonly #folder: string;
  readonly #server: Server;
  readonly #uploads = new Map<string, Upload>();
  readonly #denied = new Set<string>();

  /** @param folder an empty folder of the runner for what comes. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: Error) => {
        response.writeHead(500).end(refusal('UNKNOWN', error.message));
      });
    });
  }

  /** Listens on a free port, for this machine alone. */
  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  /** host:port, the way an image's name begins. Docker needs no setting for a registry of its own machine. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Says of this digest from now on that it is not here, until it is. */
  deny(digest: string): void {
    this.#denied.add(digest);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://registry');
    const { pathname: path } = url;
    const [, repository = '', kind, rest = ''] = /^\/v2\/(.+)\/(blobs|manifests)\/(.*)$/.exec(path) ?? [];
    if (path === '/v2/' || path === '/v2') return void response.writeHead(200).end('{}');
    if (kind === 'manifests') return this.#manifest(request, response, repository, rest);
    if (kind === 'blobs' && rest.startsWith('uploads/'))
      return this.#upload(
        request,
        response,
        path,
        rest.slice('uploads/'.length),
        url.searchParams.get('digest'),
      );
    if (kind === 'blobs' && request.method === 'HEAD') return this.#known(response, rest);
    response.writeHead(404).end(refusal('UNSUPPORTED', `${request.method} ${path}`));
  }

  #known(response: ServerResponse, digest: string): void {
    const blob = this.blobs.get(digest);
    if (!blob && this.#denied.has(digest)) return void response.writeHead(404).end();
    response.writeHead(200, { 'Content-Length': blob?.bytes ?? 1, 'Docker-Content-Digest': digest }).end();
  }

  async #manifest(request: IncomingMessage, response: ServerResponse, repository: string, name: string) {
    if (request.method !== 'PUT') return void response.writeHead(404).end(refusal('MANIFEST_UNKNOWN', name));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    if (!this.manifests.some((one) => one.digest === digest)) this.manifests.push({ digest, body });
    response
      .writeHead(201, { Location: `/v2/${repository}/manifests/${digest}`, 'Docker-Content-Digest': digest })
      .end();
  }

  /** POST opens an upload, PATCH brings bytes, PUT ends it. */
  async #upload(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    id: string,
    digest: string | null,
  ): Promise<void> {
    if (request.method === 'POST') {
      const fresh = randomUUID();
      const upload = { path: join(this.#folder, fresh), hash: createHash('sha256') };
      this.#uploads.set(fresh, upload);
      const Location = `${path}${fresh}`;
      return void response
        .writeHead(202, { Location, 'Docker-Upload-UUID': fresh, Range: '0-0', 'Content-Length': 0 })
        .end();
    }
    const upload = this.#uploads.get(id);
    if (!upload) return void response.writeHead(404).end(refusal('BLOB_UPLOAD_UNKNOWN', id));
    const file = createWriteStream(upload.path, { flags: 'a', mode: 0o600 });
    await pipeline(
      request,
      async function* (source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          upload.hash.update(chunk);
          yield chunk;
        }
      },
      file,
    );
    const { size } = await stat(upload.path);
    if (request.method === 'PATCH') {
      const headers = { Location: path, 'Docker-Upload-UUID': id, Range: `0-${Math.max(size - 1, 0)}` };
      return void response.writeHead(202, { ...headers, 'Content-Length': 0 }).end();
    }
    this.#uploads.delete(id);
    const seen = `sha256:${upload.hash.digest('hex')}`;
    if (seen !== digest) return void response.writeHead(400).end(refusal('DIGEST_INVALID', seen));
    this.blobs.set(seen, { digest: seen, bytes: size, path: upload.path });
    const Location = path.replace(/uploads\/.*$/, seen);
    response.writeHead(201, { Location, 'Docker-Content-Digest': seen, 'Content-Length': 0 }).end();
  }

  /** The content of a blob that is small enough to be read, such as a config. */
  async read(digest: string): Promise<Buffer | undefined> {
    const blob = this.blobs.get(digest);
    return blob && readFile(blob.path);
  }
}

const refusal = (code: string, message: string) => JSON.stringify({ errors: [{ code, message }] });
