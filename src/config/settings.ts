import type {
  Config,
  Hook,
  MetricsTargets,
  Pem,
  Preview,
  Route,
  SecretStores,
  Target,
  Tls,
} from './config.ts';
import type { PreviewSettings, Settings } from './schema.ts';

/** The file's words and units turned into those of the program. */
export function configOf(settings: Settings, environment: string): Config {
  const { compose, hooks, observe, standby } = settings;
  const latency = observe['max-latency'];
  return {
    app: settings.app,
    environment,
    compose: compose === undefined ? [] : typeof compose === 'string' ? [compose] : compose,
    profiles: settings.profiles,
    hosts: settings.hosts,
    routes: settings.routes.map(routeOf),
    shared: settings.shared,
    env: settings.env,
    secrets: storesOf(settings.secrets),
    push: settings.push,
    build: settings.build,
    test: Object.entries(settings.test).map(([name, { timeout, report = [], ...step }]) => ({
      name,
      ...step,
      timeoutMs: timeout,
      report: typeof report === 'string' ? [report] : report,
    })),
    hooks: {
      ...(hooks['before-switch'] && { beforeSwitch: hookOf(hooks['before-switch']) }),
      ...(hooks['after-switch'] && { afterSwitch: hookOf(hooks['after-switch']) }),
    },
    observe: {
      forMs: observe.for,
      max5xx: observe['max-5xx'],
      minRequests: observe['min-requests'],
      ...(latency !== undefined && { maxLatency: latency }),
    },
    drain: { timeoutMs: settings.drain.timeout },
    standby: { keep: standby.keep, forMs: standby.for },
    notify: settings.notify,
    metrics: metricsOf(settings.metrics),
    retain: settings.retain,
  };
}

function routeOf({ hosts, service, port, health, tls }: Settings['routes'][number]): Route {
  return {
    hosts,
    service,
    port,
    health: {
      path: health.path,
      intervalMs: health.interval,
      inARow: health['in-a-row'],
      deadlineMs: health.deadline,
    },
    ...(tls && { tls: tlsOf(tls) }),
  };
}

function hookOf({ service, run, timeout }: NonNullable<Settings['hooks']['before-switch']>): Hook {
  return { service, run, timeoutMs: timeout };
}

function metricsOf({ textfile, pushgateway, otlp }: Settings['metrics']): MetricsTargets {
  const target = (given: string | { secret: string }): Target =>
    typeof given === 'string' ? { url: given } : given;
  return {
    ...(textfile !== undefined && { textfile }),
    ...(pushgateway !== undefined && { pushgateway: target(pushgateway) }),
    ...(otlp !== undefined && { otlp: target(otlp) }),
  };
}

function storesOf({ input, aws, vault, host }: Settings['secrets']): SecretStores {
  const values = Object.entries(aws?.values ?? {}).map(([name, given]) => {
    const { secret, key, version } = typeof given === 'string' ? { secret: given } : given;
    return [name, { secret, ...(key !== undefined && { key }), ...(version !== undefined && { version }) }];
  });
  return {
    ...(aws && {
      aws: { ...(aws.region !== undefined && { region: aws.region }), values: Object.fromEntries(values) },
    }),
    ...(vault && {
      vault: { ...vault, auth: { ...vault.auth, mount: vault.auth.mount ?? vault.auth.method } },
    }),
    input,
    host,
  } as SecretStores;
}

function tlsOf({ certificate, key, redirect }: NonNullable<PreviewSettings['tls']>): Tls {
  const pem = (given: string | { secret: string }): Pem =>
    typeof given === 'string' ? { path: given } : given;
  return { certificate: pem(certificate), key: pem(key), redirect };
}

/** The section `preview` in the words and units of the program. */
export function previewOf(settings: PreviewSettings): Preview {
  const { host, tls, max, ttl, limits, noindex, isolate, seed } = settings;
  const login = settings['basic-auth'];
  return {
    host,
    max,
    ttlMs: ttl,
    noindex,
    isolate,
    ...(tls && { tls: tlsOf(tls) }),
    ...(login && { login }),
    ...(seed && { seed: hookOf(seed) }),
    ...(limits && {
      limits: {
        ...(limits.cpus !== undefined && { cpus: limits.cpus }),
        ...(limits.memory !== undefined && { memoryBytes: limits.memory }),
      },
    }),
  };
}
