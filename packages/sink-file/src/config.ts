/** Configuration of the file sinks. */
import { Type, type Static } from 'typebox'

const fsync = Type.Union([Type.Literal('always'), Type.Literal('batch'), Type.Literal('never')], {
  default: 'never',
  description:
    'When written lines are forced to the disk: `always` before each delivery is acknowledged, `batch` before offsets are committed, `never` leaves it to the operating system.',
})

const rotate_bytes = Type.Integer({
  default: 0,
  minimum: 0,
  description: 'A file is renamed to `<file>.1` before it would grow beyond this many bytes. 0: never.',
})
const rotate_keep = Type.Integer({
  default: 5,
  minimum: 1,
  description: 'Renamed files that are kept for each file; the oldest is overwritten.',
})

/** `sinks.filesystem.<instance>`. */
export const FilesystemConfig = Type.Object(
  {
    base_path: Type.String({
      minLength: 1,
      description: 'Directory all files lie in. It must exist; paths that lead out of it are refused.',
    }),
    fsync,
    rotate_bytes,
    rotate_keep,
  },
  { additionalProperties: false, description: 'Appends JSON lines to files below a directory.' },
)
export type FilesystemConfig = Static<typeof FilesystemConfig>

/** `sinks.file_line.<instance>`. */
export const FileLineConfig = Type.Object(
  {
    path: Type.String({
      minLength: 1,
      description: 'File the lines are appended to. Relative to `base_path`, or to the working directory.',
    }),
    base_path: Type.String({
      default: '',
      description: 'When set, `path` must lie in this directory after symbolic links are resolved.',
    }),
    fsync,
    rotate_bytes,
    rotate_keep,
  },
  { additionalProperties: false, description: 'Appends plain lines to one file.' },
)
export type FileLineConfig = Static<typeof FileLineConfig>

export type FsyncPolicy = FilesystemConfig['fsync']
