import { parse } from 'yaml';
import * as z from 'zod';
import { read } from './names.ts';

// What no program here can read: held against the makers' references, key by key, so that a slip of the pen is found.

const duration = z.string().regex(/^\d+(ms|s|m|h)$/);
const bytes = z.string().regex(/^\d+(KB|MB|GB)$/);
const folder = z.string().regex(/^\/loki\/\w+$/);

test("Loki's configuration has keys of its reference alone, with values of their kinds", () => {
  // Source: Loki 3.5, "Grafana Loki configuration parameters".
  const loki = z.strictObject({
    auth_enabled: z.boolean(),
    server: z.strictObject({
      http_listen_port: z.int(),
      log_level: z.enum(['debug', 'info', 'warn', 'error']),
    }),
    common: z.strictObject({
      path_prefix: z.literal('/loki'),
      replication_factor: z.literal(1),
      ring: z.strictObject({
        kvstore: z.strictObject({ store: z.enum(['consul', 'etcd', 'inmemory', 'memberlist']) }),
      }),
      storage: z.strictObject({
        filesystem: z.strictObject({ chunks_directory: folder, rules_directory: folder }),
      }),
    }),
    schema_config: z.strictObject({
      configs: z.array(
        z.strictObject({
          from: z.iso.date(),
          // Retention wants this store, and its index one of 24 hours.
          store: z.literal('tsdb'),
          object_store: z.literal('filesystem'),
          schema: z.literal('v13'),
          index: z.strictObject({ prefix: z.string(), period: z.literal('24h') }),
        }),
      ),
    }),
    limits_config: z.strictObject({
      retention_period: duration,
      ingestion_rate_mb: z.number(),
      ingestion_burst_size_mb: z.number(),
      per_stream_rate_limit: bytes,
      per_stream_rate_limit_burst: bytes,
      max_global_streams_per_user: z.int(),
    }),
    compactor: z.strictObject({
      working_directory: folder,
      retention_enabled: z.boolean(),
      delete_request_store: z.literal('filesystem'),
    }),
    analytics: z.strictObject({ reporting_enabled: z.literal(false) }),
  });
  loki.parse(parse(read('monitoring/loki.yml')));
});

test('what Grafana is provisioned with has keys of its reference alone', () => {
  // Source: Grafana 12, "Provision Grafana".
  const at = 'monitoring/grafana/provisioning';
  const sources = z.strictObject({
    apiVersion: z.literal(1),
    datasources: z.array(
      z.strictObject({
        name: z.string(),
        uid: z.string().regex(/^[\w-]{1,40}$/),
        type: z.enum(['prometheus', 'loki', 'alertmanager']),
        access: z.literal('proxy'),
        url: z.url({ protocol: /^http$/ }),
        isDefault: z.boolean().optional(),
        jsonData: z
          .strictObject({
            implementation: z.enum(['prometheus', 'mimir', 'cortex']),
            handleGrafanaManagedAlerts: z.boolean(),
          })
          .optional(),
      }),
    ),
  });
  sources.parse(parse(read(`${at}/datasources/sources.yml`)));
  const providers = z.strictObject({
    apiVersion: z.literal(1),
    providers: z.array(
      z.strictObject({
        name: z.string(),
        type: z.literal('file'),
        allowUiUpdates: z.literal(false),
        options: z.strictObject({ path: z.literal('/etc/grafana/dashboards') }),
      }),
    ),
  });
  providers.parse(parse(read(`${at}/dashboards/files.yml`)));
});

/** Component of Alloy -> the arguments and blocks that we may use, and what it exports. Source: its reference, 1.10. */
const ALLOY: Readonly<Record<string, { takes: readonly string[]; exports: readonly string[] }>> = {
  'discovery.docker': {
    takes: ['host', 'filter', 'name', 'values', 'refresh_interval'],
    exports: ['targets'],
  },
  'discovery.relabel': {
    takes: ['targets', 'rule', 'source_labels', 'target_label', 'regex', 'replacement', 'action'],
    exports: ['output', 'rules'],
  },
  'loki.source.docker': {
    takes: ['host', 'targets', 'forward_to', 'labels', 'relabel_rules', 'refresh_interval'],
    exports: [],
  },
  'loki.write': { takes: ['endpoint', 'url', 'external_labels', 'max_streams'], exports: ['receiver'] },
};

test("Alloy's configuration has components, arguments and references that there are", () => {
  const text = read('monitoring/config.alloy').replaceAll(/^\s*\/\/.*$/gm, '');
  const components = [...text.matchAll(/^([a-z.]+) "(\w+)" \{\n([\s\S]*?)^\}$/gm)];
  expect(components).toHaveLength(4);
  // Nothing stands between them.
  expect(components.reduce((rest, [whole]) => rest.replace(whole, ''), text).trim()).toBe('');
  const exported = components.flatMap(([, kind = '', label]) =>
    (ALLOY[kind]?.exports ?? []).map((name) => `${kind}.${label}.${name}`),
  );
  for (const [, kind = '', , body = ''] of components) {
    expect(Object.keys(ALLOY)).toContain(kind);
    for (const [, word = ''] of body.matchAll(/^\s+(\w+)\s*[={]/gm))
      expect({ kind, word, known: ALLOY[kind]?.takes.includes(word) }).toEqual({ kind, word, known: true });
    const unquoted = body.replaceAll(/"[^"]*"/g, '""');
    for (const [reference] of unquoted.matchAll(/\b[a-z]+(?:\.\w+){2,}/g))
      expect(exported).toContain(reference);
  }
});
