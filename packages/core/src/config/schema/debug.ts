/** `debug`: flight recorder and operator pages (CFG-43…50, SEC-5, design 13). */
import { Type } from 'typebox'
import { flag, integer, port, section, text, textList } from './property.ts'
import { secretText } from './secret-text.ts'

const linkSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Text of the link.' }),
    url: Type.String({ minLength: 1, description: 'Address of the link.' }),
  },
  { additionalProperties: false, description: 'A link in the header of the pages.' },
)

export const debugSchema = section('Flight recorder and debug pages. Accepted; not part of this version yet, no port is opened.', {
  enabled: flag('Record events and serve the debug pages.', true),
  host: text('Address to listen on. Anything but loopback needs `auth_token`.', '127.0.0.1', { minLength: 1 }),
  port: port('Port of the debug pages.', 8080),
  debug_url: text('Address under which others reach these pages. Empty: made of host and port.', ''),
  auth_token: secretText('Token that protected routes ask for. Empty: no authentication.', '', { 'x-trim': true }),
  allow_unauthenticated: flag('Listen on an address that is not loopback although there is no token.', false),
  allowed_ws_origins: textList('Origins that may open the event stream. Empty: only the page itself.'),
  allow_cross_origin: flag('Without a token: accept the event stream from pages of other origins.', false),
  protect_all: flag('With a token: every route but the probes needs it.', false),
  db_dir: text(
    'Directory of the recorder files, created with mode 0700. `~/` is the home directory; empty: no files.',
    '~/.local/state/drakkar',
  ),
  store_events: flag('Record events in the file.', true),
  store_config: flag('Record a summary of the configuration in the file.', true),
  store_state: flag('Record the state of the worker in the file.', true),
  state_sync_interval_seconds: integer('Time between two records of the state, in seconds.', 10, { minimum: 1 }),
  expose_env_vars: textList('Environment variables shown on the pages, redacted by name.'),
  rotation_interval_minutes: integer('Age at which a recorder file is replaced, in minutes.', 60, { minimum: 1 }),
  retention_hours: integer('Age at which a recorder file is deleted, in hours.', 24, { minimum: 1 }),
  retention_max_events: integer('Most events kept over all files.', 100_000, { minimum: 100 }),
  store_output: flag('Record what programs wrote.', true),
  flush_interval_seconds: integer('Time between two writes of the recorder, in seconds.', 5, { minimum: 1 }),
  max_buffer: integer('Most events that wait to be written.', 50_000, { minimum: 1000 }),
  max_flush_retries: integer('Attempts to write one batch of events.', 3, { minimum: 1 }),
  max_ui_rows: integer('Most rows of one page.', 5000, { minimum: 100 }),
  log_min_duration_ms: integer('Tasks shorter than this are not logged, in milliseconds.', 500, { minimum: 0 }),
  ws_min_duration_ms: integer('Tasks shorter than this are not streamed, in milliseconds.', 500, { minimum: 0 }),
  event_min_duration_ms: integer('Tasks shorter than this are not recorded, in milliseconds.', 0, { minimum: 0 }),
  output_min_duration_ms: integer('Output of tasks shorter than this is not recorded, in milliseconds.', 500, { minimum: 0 }),
  prometheus_url: text('Address of Prometheus, for links. Empty: no links.', ''),
  prometheus_rate_interval: text('Interval in linked rate queries.', '5m', { minLength: 1 }),
  prometheus_worker_label: text('Label that holds the worker in linked queries.', ''),
  prometheus_cluster_label: text('Label that holds the cluster in linked queries.', ''),
  custom_links: Type.Array(linkSchema, { description: 'Further links in the header of the pages.', default: [] }),
})
