import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeDurably } from '../../adapters/durable-files.ts';
import { summaryKey, type SegmentSummary } from '../../contracts/events.ts';

/** A segment that is being written. One writer; calls must not overlap. */
export interface OpenSegment {
  readonly path: string;
  /** Appends whole lines or nothing. With `durable` they survive a power cut when this resolves. */
  append(lines: string, durable: boolean): Promise<void>;
  /** Makes the events durable, then writes the summary, which is what marks the segment as whole. */
  finish(summary: SegmentSummary): Promise<void>;
}

export async function openSegment(path: string): Promise<OpenSegment> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx');
  await syncFolder(dirname(path));
  let length = 0;

  return {
    path,
    async append(lines, durable) {
      const bytes = Buffer.from(lines);
      await writeWhole(file, bytes, length);
      if (durable) await file.datasync();
      length += bytes.length; // only now: after a failure the next write goes over what is torn
    },
    async finish(summary) {
      await file.truncate(length);
      await file.datasync();
      await writeDurably(summaryKey(path), JSON.stringify(summary));
      await file.close();
    },
  };
}

async function writeWhole(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
