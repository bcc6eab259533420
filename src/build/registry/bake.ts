import * as z from 'zod';
import { DeployError, ended } from '../../errors.ts';
import { bake, targetsOf } from '../bake.ts';
import { builderEnv, reasonOf } from '../build.ts';
import type { BuildModel } from '../build-model.ts';
import type { Registry } from './login.ts';
import { byDigest } from './names.ts';
import { pushFault, type RegistryPusher, worthRetrying } from './push.ts';

/** Images that the builder has and that are to be pushed by it. */
export interface Baked {
  /** Without caches that are written, and with the images' names in the registry. */
  readonly model: BuildModel;
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly provenance: boolean;
  readonly sbom: boolean;
}

const TRIES = 3;
const WAIT_MS = 2_000;

/** What bake writes of each target; of one that built nothing there is no digest. */
const metadataSchema = z.record(z.string(), z.unknown());
const targetSchema = z.looseObject({ 'containerimage.digest': z.string().regex(/^sha256:[0-9a-f]{64}$/) });

/**
 * Has the builder push what it built: nothing is built again, and layers that the registry has are not sent.
 * @returns service -> reference by digest.
 * @throws DeployError image-push.
 */
export async function pushBaked(
  { local, log, sleep, signal }: RegistryPusher,
  registry: Registry,
  { model, projectDir, env, provenance, sbom }: Baked,
): Promise<Map<string, string>> {
  const options = { signal, env: builderEnv(env), cwd: projectDir };
  const words = (metadata: string) => [
    '--push',
    ...['--metadata-file', metadata],
    ...(provenance ? ['--provenance=true'] : []),
    ...(sbom ? ['--sbom=true'] : []),
  ];
  for (let attempt = 1, wait = WAIT_MS; ; attempt++, wait *= 2) {
    const { code, stdout, stderr, metadata } = await bake(local, model, words, options);
    if (code === 0) {
      const references = readMetadata(metadata, model);
      for (const reference of references.values()) log.info(`pushed ${reference}`);
      return references;
    }
    const reason = reasonOf(`${stdout}\n${stderr}`.trim().split('\n')).replace(/^ERROR: /, '');
    if (attempt === TRIES || !worthRetrying(reason, '')) {
      const names = Object.values(model.services).map(({ image = '' }) => image);
      throw new DeployError(pushFault(registry.name, names.join(', '), reason));
    }
    log.info(`${ended(reason)} Trying again in ${wait / 1000} s`);
    await sleep(wait);
    signal.throwIfAborted();
  }
}

/** Service -> reference by digest, from what bake wrote. */
export function readMetadata(text: string, model: BuildModel): Map<string, string> {
  const targets = metadataSchema.parse(JSON.parse(text));
  const references = new Map<string, string>();
  for (const [target, service] of targetsOf(model)) {
    const digest = targetSchema.parse(targets[target])['containerimage.digest'];
    references.set(service, byDigest(model.services[service]?.image ?? '', digest));
  }
  return references;
}
