import { open } from 'node:fs/promises';
import { NightjarError } from '../../contracts/errors.ts';

/** No header is longer; what is, is not a CSV file. */
const LONGEST_BYTES = 1024 * 1024;

/**
 * The names in the first line of a CSV file (RFC 4180: quotes doubled, commas and line ends inside quotes). DuckDB's own detection
 * looks at the rows as well and fails, or guesses, where they are broken. Throws SourceUnreadable.
 */
export async function readHeader(path: string): Promise<string[]> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(LONGEST_BYTES), 0, LONGEST_BYTES, 0);
    return parseHeader(buffer.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, ''), path);
  } finally {
    await file.close();
  }
}

function parseHeader(text: string, path: string): string[] {
  const names: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/y;
  for (let end = ','; end === ',';) {
    const found = field.exec(text);
    if (!found) throw new NightjarError('SourceUnreadable', `${path}: the header is not a line of comma-separated names.`);
    names.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
    end = found[3]!;
  }
  if (new Set(names).size < names.length) throw new NightjarError('SourceUnreadable', `${path}: the header names a column twice.`);
  return names;
}
