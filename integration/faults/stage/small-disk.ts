/** A worker's own small disk, and how to fill it from outside. */
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { programFolder } from '../places.ts'

const diskSize = '2m'

/** `launch.through`: the worker sees `<folder>/mounted` as a disk of two mebibytes. Needs root. */
export const throughSmallDisk = ['unshare', '--mount', '/bin/sh', join(programFolder, 'small-disk.sh'), diskSize] as const

/** Where the disk is seen from outside, while the worker runs. */
export function diskFromOutside(folder: string): string {
  return join(folder, 'disk')
}

/** Until not one byte more fits. */
export async function fillDisk(folder: string): Promise<void> {
  const file = await open(join(diskFromOutside(folder), 'filler'), 'a')
  try {
    for (const size of [65_536, 4096, 512, 1]) {
      while (await fits(() => file.write(Buffer.alloc(size, 'x'))));
    }
  } finally {
    await file.close()
  }
}

export function freeDisk(folder: string): Promise<void> {
  return rm(join(diskFromOutside(folder), 'filler'))
}

async function fits(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
