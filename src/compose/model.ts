import { z } from 'zod';

/**
 * What `docker compose config --format json` prints, as far as this program reads it. Every object is loose: a key
 * that is not named here passes through untouched, so a newer Compose brings its features along by itself.
 */

/** Compose prints a variable without a value as null. */
const mapping = z.record(z.string(), z.string().nullable());

const port = z.looseObject({
  target: z.number(),
  /** A port or a range (`9000-9010`); absent when Docker is to choose. */
  published: z.string().optional(),
  protocol: z.string().optional(),
  host_ip: z.string().optional(),
});

const mount = z.looseObject({
  type: z.string(),
  source: z.string().optional(),
  target: z.string(),
  read_only: z.boolean().optional(),
  bind: z.looseObject({ create_host_path: z.boolean().optional() }).nullish(),
});

const dependency = z.looseObject({
  condition: z.string().optional(),
  required: z.boolean().optional(),
});

const device = z.looseObject({
  source: z.string(),
  target: z.string().optional(),
  permissions: z.string().optional(),
});

/** A config or secret as a service uses it. */
const grant = z.looseObject({
  source: z.string(),
  target: z.string().optional(),
  /** A number from older versions of Compose, octal digits from newer ones. */
  mode: z.union([z.number(), z.string()]).optional(),
});

const attachment = z.looseObject({
  aliases: z.array(z.string()).nullish(),
});

const service = z.looseObject({
  image: z.string().optional(),
  container_name: z.string().optional(),
  restart: z.string().optional(),
  scale: z.number().optional(),
  deploy: z
    .looseObject({
      mode: z.string().optional(),
      replicas: z.union([z.number(), z.string()]).optional(),
      restart_policy: z.looseObject({ condition: z.string().optional() }).nullish(),
    })
    .nullish(),
  environment: mapping.nullish(),
  env_file: z
    .union([z.string(), z.array(z.union([z.string(), z.looseObject({ path: z.string() })]))])
    .nullish(),
  ports: z.array(port).nullish(),
  volumes: z.array(mount).nullish(),
  volumes_from: z.array(z.string()).nullish(),
  depends_on: z.record(z.string(), dependency).nullish(),
  links: z.array(z.string()).nullish(),
  networks: z.record(z.string(), attachment.nullable()).nullish(),
  network_mode: z.string().optional(),
  pid: z.string().optional(),
  ipc: z.string().optional(),
  uts: z.string().optional(),
  configs: z.array(grant).nullish(),
  secrets: z.array(grant).nullish(),
  labels: mapping.nullish(),
  mac_address: z.string().optional(),
  devices: z.array(z.union([z.string(), device])).nullish(),
  security_opt: z.array(z.string()).nullish(),
  healthcheck: z.looseObject({ disable: z.boolean().optional() }).nullish(),
});

const options = z.record(z.string(), z.string());

const network = z.looseObject({
  name: z.string().optional(),
  driver_opts: options.nullish(),
  enable_ipv6: z.boolean().optional(),
  ipam: z.looseObject({ config: z.array(z.unknown()).nullish() }).nullish(),
  external: z.boolean().optional(),
  labels: mapping.nullish(),
});

const volume = z.looseObject({
  name: z.string().optional(),
  driver: z.string().optional(),
  driver_opts: options.nullish(),
  external: z.boolean().optional(),
  labels: mapping.nullish(),
});

/** A top-level config or secret: a file, a variable of the environment, inline content, or Swarm's. */
const asset = z.looseObject({
  name: z.string().optional(),
  file: z.string().optional(),
  environment: z.string().optional(),
  content: z.string().optional(),
  external: z.boolean().optional(),
});

const composeModel = z.looseObject({
  name: z.string().optional(),
  services: z.record(z.string(), service),
  networks: z.record(z.string(), network.nullable()).nullish(),
  volumes: z.record(z.string(), volume.nullable()).nullish(),
  configs: z.record(z.string(), asset).nullish(),
  secrets: z.record(z.string(), asset).nullish(),
});

export type ComposeModel = z.infer<typeof composeModel>;
export type Service = z.infer<typeof service>;
export type Network = z.infer<typeof network>;
export type Volume = z.infer<typeof volume>;
export type Attachment = z.infer<typeof attachment>;
export type Mount = z.infer<typeof mount>;
export type Port = z.infer<typeof port>;
export type Asset = z.infer<typeof asset>;
export type Grant = z.infer<typeof grant>;

/**
 * Reads what `docker compose config --format json` printed.
 * @throws z.ZodError or SyntaxError when it is not that.
 */
export function readModel(text: string): ComposeModel {
  return composeModel.parse(JSON.parse(text));
}

/**
 * A model as the text of a compose file. It is JSON, but Compose reads it as YAML, and that takes some characters that
 * JSON leaves bare for line breaks (U+0085, U+2028, U+2029) or refuses them: those are written as escapes.
 */
export function writeModel(model: ComposeModel): string {
  const text = JSON.stringify(model, null, 1).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}

/** `x-...` keys may hold anything, secrets included, and nothing on the host reads them. */
export function withoutExtensions<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-'))) as T;
}
