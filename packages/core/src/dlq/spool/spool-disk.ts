/** The disk as the spool needs it: one directory. Every method rejects with the system's error when it cannot be done. */

export interface SpoolDisk {
  /** For people. */
  readonly directory: string
  /** Names of the files in the directory. */
  list(): Promise<readonly string[]>
  /** A new, empty file, open for appending; its name is durable. */
  create(name: string): Promise<SpoolHandle>
  open(name: string): Promise<SpoolHandle>
  /** Atomic, and durable when it resolves. False: there is no such file. */
  rename(from: string, to: string): Promise<boolean>
  /** False: there is no such file. */
  remove(name: string): Promise<boolean>
  /** Null: there is no such file. */
  read(name: string): Promise<Buffer | null>
  /** Durable when it resolves; nobody sees half of it. */
  replace(name: string, content: string): Promise<void>
  /** Durable when it resolves. */
  append(name: string, content: Uint8Array): Promise<void>
  /** Sets the time of the last change to now. */
  touch(name: string): Promise<void>
  /** Unix milliseconds. Null: there is no such file. */
  lastChangeMs(name: string): Promise<number | null>
}

/** An open file. After a rejected `append` or `sync` nobody knows what is in it. */
export interface SpoolHandle {
  /** At the end of the file. */
  append(bytes: Uint8Array): Promise<void>
  /** Resolves when everything appended is on the disk. */
  sync(): Promise<void>
  /** Fewer bytes than asked for at the end of the file. */
  readAt(position: number, length: number): Promise<Buffer>
  size(): Promise<number>
  /** Whether `name` still leads to this file. */
  isNamed(name: string): Promise<boolean>
  close(): Promise<void>
}
